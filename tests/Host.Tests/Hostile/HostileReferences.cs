using System.Globalization;
using static SnapshotTasks.Tests.Big;

namespace SnapshotTasks.Tests;

/// <summary>Files that name others: a canary that lies elsewhere, and an address where nobody must come.</summary>
/// <param name="Canary">The path of a video.</param>
/// <param name="Port">The port of a listener.</param>
internal sealed record HostileTargets(string Canary, int Port)
{
    public string Address { get; } = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{Port}/canary.ts");

    /// <summary>Puts the targets into a text.</summary>
    public byte[] In(string text) => Text(text.Replace("CANARY", Canary, StringComparison.Ordinal).Replace("ADDRESS", Address, StringComparison.Ordinal)
        .Replace("PORT", Port.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal));
}

/// <summary>Playlists, scripts and links of every kind.</summary>
internal static class HostileReferences
{
    private const string Hls = "#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\nfile:CANARY\n#EXTINF:5,\nADDRESS\n#EXT-X-ENDLIST\n";

    private static readonly Dictionary<string, string> Texts = new()
    {
        ["an HLS playlist of a file"] = Hls,
        ["an HLS playlist of an address"] = "#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\nADDRESS\n#EXT-X-ENDLIST\n",
        ["an HLS playlist of playlists"] = "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nADDRESS.m3u8\n#EXT-X-STREAM-INF:BANDWIDTH=2\nfile:CANARY.m3u8\n",
        ["an HLS playlist with a key"] = "#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXT-X-KEY:METHOD=AES-128,URI=\"ADDRESS\"\n#EXTINF:5,\ncrypto+file:CANARY\n#EXT-X-ENDLIST\n",
        ["an HLS playlist with a map"] = "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:5\n#EXT-X-MAP:URI=\"ADDRESS\"\n#EXTINF:5,\nfile:CANARY\n#EXT-X-ENDLIST\n",
        ["an HLS playlist that joins"] = "#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\nconcat:file:CANARY|ADDRESS\n#EXT-X-ENDLIST\n",
        ["a DASH manifest"] =
            "<?xml version=\"1.0\"?><MPD xmlns=\"urn:mpeg:dash:schema:mpd:2011\" type=\"static\" mediaPresentationDuration=\"PT5S\"><Period><AdaptationSet mimeType=\"video/mp4\">"
            + "<Representation id=\"1\" bandwidth=\"1\"><BaseURL>file:CANARY</BaseURL></Representation><Representation id=\"2\" bandwidth=\"2\"><BaseURL>ADDRESS</BaseURL>"
            + "</Representation></AdaptationSet></Period></MPD>",
        ["a DASH manifest with entities"] = "<?xml version=\"1.0\"?><!DOCTYPE MPD [<!ENTITY e SYSTEM \"file://CANARY\"><!ENTITY f SYSTEM \"ADDRESS\">]><MPD type=\"static\">&e;&f;</MPD>",
        ["a concat script of a file"] = "ffconcat version 1.0\nfile 'file:CANARY'\n",
        ["a concat script of an address"] = "ffconcat version 1.0\nfile ADDRESS\nduration 5\n",
        ["a concat script with options"] = "ffconcat version 1.0\nfile CANARY\noption safe 0\noption protocol_whitelist file,http,tcp\nfile ADDRESS\n",
        ["a session description"] = "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=-\nc=IN IP4 127.0.0.1\nt=0 0\nm=video PORT TCP/RTP/AVP 33\na=control:rtsp://127.0.0.1:PORT/\n",
        ["an IMF composition"] =
            "<?xml version=\"1.0\"?><CompositionPlaylist xmlns=\"http://www.smpte-ra.org/schemas/2067-3/2016\"><Id>urn:uuid:00000000-0000-0000-0000-000000000001</Id>"
            + "<ContentTitle>CANARY</ContentTitle><EditRate>25 1</EditRate><SegmentList/></CompositionPlaylist>",
        ["an ASX list"] = "<asx version=\"3.0\"><entry><ref href=\"ADDRESS\"/><ref href=\"file:CANARY\"/></entry></asx>",
        ["a RAM list"] = "ADDRESS\nrtsp://127.0.0.1:PORT/a.rm\nfile:CANARY\n",
        ["an XSPF list"] = "<?xml version=\"1.0\"?><playlist version=\"1\" xmlns=\"http://xspf.org/ns/0/\"><trackList><track><location>ADDRESS</location></track></trackList></playlist>",
        ["a PLS list"] = "[playlist]\nFile1=ADDRESS\nFile2=CANARY\nNumberOfEntries=2\n",
        ["a reference list"] = "[Reference]\nRef1=http://127.0.0.1:PORT/a?MSWMExt=.asf\nRef2=CANARY\n",
        ["a SMIL presentation"] = "<smil><body><switch><video src=\"ADDRESS\" system-bitrate=\"1\"/></switch><video src=\"CANARY\"/></body></smil>",
        ["a drawing with pictures in it"] =
            "<?xml version=\"1.0\"?><svg xmlns=\"http://www.w3.org/2000/svg\" xmlns:x=\"http://www.w3.org/1999/xlink\" width=\"64\" height=\"48\"><image x:href=\"file://CANARY\" width=\"64\" height=\"48\"/>"
            + "<image x:href=\"ADDRESS\" width=\"64\" height=\"48\"/></svg>",
        ["metadata of ffmpeg"] = ";FFMETADATA1\ntitle=c\nartist=ADDRESS\n[CHAPTER]\nTIMEBASE=1/1\nSTART=0\nEND=5\n",
        ["subtitles with a picture"] = "WEBVTT\n\nSTYLE\n::cue { background: url(ADDRESS) }\n\n00:00.000 --> 00:05.000\n<img src=\"file://CANARY\">\n",
        ["subtitles with fonts"] = "[Script Info]\nScriptType: v4.00+\n\n[Fonts]\nfontname: CANARY\n\n[Events]\nDialogue: 0,0:00:00.00,0:00:05.00,,,0,0,0,,ADDRESS\n",
        ["a VobSub index"] = "# VobSub index file, v7\nsize: 64x48\nid: en, index: 0\ntimestamp: 00:00:00:000, filepos: 000000000\n",
        ["a script of AviSynth"] = "AviSource(\"CANARY\")\n",
        ["a script of VapourSynth"] = "import vapoursynth as vs\nvs.core.ffms2.Source('CANARY').set_output()\n",
        ["a graph of filters"] = "movie=CANARY,scale=64:48[out0]\n",
        ["a generator's name"] = "lavfi:color=0xE010A0\ntestsrc\n",
        ["an address"] = "ADDRESS",
        ["a part of a file"] = "subfile,,start,0,end,0,,:CANARY",
        ["text for a terminal"] = "\u001B[2J\u001B[31mCANARY ADDRESS\u001B[0m\n",
    };

    /// <summary>Each kind, and how it is made.</summary>
    public static IEnumerable<(string Kind, Func<HostileClips, HostileTargets, byte[]> Make)> All() =>
    [
        .. Texts.Select(text => (text.Key, (Func<HostileClips, HostileTargets, byte[]>)((_, targets) => targets.In(text.Value)))),
        ("a playlist behind a tag of music", (_, targets) => Join(Text("ID3"), [3, 0, 0, 0, 0, 0, 10], Zeros(10), targets.In(Hls))),
        ("a playlist behind packets of a stream", (clips, targets) => Join(clips.Ts[..1880], targets.In(Hls))),
        ("a playlist attached to a video", (clips, targets) => MkvMaker.File(
            [], [], MkvMaker.Cluster(0, clips.Jpeg), MkvMaker.Element(0x1941A469, MkvMaker.Element(
                0x61A7, MkvMaker.Named(0x466E, "a.m3u8"), MkvMaker.Named(0x4660, "application/x-mpegURL"), MkvMaker.Number(0x46AE, 1), MkvMaker.Element(0x465C, targets.In(Hls)))))),
        ("a playlist as a frame", (_, targets) => MkvMaker.Clip(MkvMaker.Cluster(0, targets.In(Hls), targets.In(Hls)))),
        ("a video whose samples are elsewhere", (clips, targets) => External(clips, Mp4Maker.Full("url ", targets.In("file://CANARY\0")))),
        ("a video whose samples are at an address", (clips, targets) => External(clips, Mp4Maker.Full("url ", targets.In("ADDRESS\0")))),
        ("a video whose samples are behind an alias", (clips, targets) => External(clips, Alias(targets.Canary))),
        ("a video whose samples are behind a resource", (clips, targets) => External(clips, Mp4Maker.Full("rsrc", targets.In("CANARY\0")))),
        ("a movie that refers to a movie", (_, targets) => Join(Mp4Maker.Start([]), Mp4Maker.Box("moov", Mp4Maker.Box(
            "rmra",
            Mp4Maker.Box("rmda", Mp4Maker.Full("rdrf", Text("url "), U32(targets.Address.Length + 1), targets.In("ADDRESS\0"))),
            Mp4Maker.Box("rmda", Mp4Maker.Full("rdrf", Text("alis"), U32(targets.Canary.Length + 1), targets.In("CANARY\0"))))))),
        ("a segment linked to others", (clips, targets) => MkvMaker.File(
            Join(
                MkvMaker.Number(0x2AD7B1, 1_000_000), MkvMaker.Element(0x3EB923, Zeros(16)), MkvMaker.Element(0x3CB923, Noise(16)),
                MkvMaker.Element(0x3C83AB, targets.In("CANARY")), MkvMaker.Element(0x3E83BB, targets.In("ADDRESS"))),
            [],
            MkvMaker.Cluster(0, clips.Jpeg),
            MkvMaker.Cluster(1000, clips.Jpeg))),
        ("chapters of another file", (clips, _) => MkvMaker.File([], [], MkvMaker.Element(0x1043A770, MkvMaker.Element(
            0x45B9, MkvMaker.Number(0x45DD, 1), MkvMaker.Element(0xB6, MkvMaker.Number(0x73C4, 1), MkvMaker.Number(0x91, 0), MkvMaker.Number(0x92, 5_000_000_000), MkvMaker.Element(0x6E67, Noise(16))))),
            MkvMaker.Cluster(0, clips.Jpeg))),
    ];

    private static byte[] External(HostileClips clips, byte[] entry) =>
        Mp4Maker.File(new Mp4Track(clips.Jpeg) { Source = Mp4Maker.Source(entry) });

    // As QuickTime has it: a record of fixed length, then tagged texts, of which 2 is the path and 18 that of the volume.
    private static byte[] Alias(string path) => Mp4Maker.Full(
        "alis", Zeros(10), [1], Text("v"), Zeros(26), Zeros(12), [1], Text("c"), Zeros(62), Zeros(16), U16(1), U16(1), Zeros(16), U16(2), U16(path.Length), Text(path), Zeros(path.Length % 2),
        U16(18), U16(path.Length), Text(path), Zeros(path.Length % 2), U16(0xFFFF), U16(0));
}
