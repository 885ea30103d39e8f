using MediatR;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using SnapshotTasks;

var builder = Host.CreateApplicationBuilder(args);
builder.Services.AddSnapshotTasks(tasks => tasks
    .UseSqlite("snapshots.db")
    .AddWorker(builder.Configuration.GetSection("Worker"))
    .AddFfmpeg(builder.Configuration.GetSection("Ffmpeg")));
using var host = builder.Build();
await host.StartAsync();

var mediator = host.Services.GetRequiredService<IMediator>();
var taken = await mediator.Send(new TakeSnapshotNow(new("shop"), new(
    new("videos", "local", "sample.mp4"), new("pictures", "local", "covers"), Sampling.At(TimeSpan.FromSeconds(3)))));
Console.WriteLine($"{taken.Answer}: {taken.Task?.Pictures?[0] ?? taken.Task?.Failure?.Reason}");
await host.StopAsync();
