namespace SnapshotTasks;

/// <summary>The shape of pictures, whose pixels are square.</summary>
internal static class PictureShape
{
    /// <summary>How many square pixels a frame is shown in: pixels that are not square are made so by enlarging, never by leaving any out.</summary>
    /// <param name="stored">How many pixels it has.</param>
    /// <param name="aspect">The width of a pixel to its height.</param>
    /// <param name="turned">Whether it is shown turned by a quarter.</param>
    public static (int Width, int Height) Shown((int Width, int Height) stored, (long Width, long Height)? aspect, bool turned)
    {
        var (x, y) = aspect ?? (1, 1);
        var (width, height) = x > y ? (Scaled(stored.Width, x, y), stored.Height) : (stored.Width, Scaled(stored.Height, y, x));
        return turned ? (height, width) : (width, height);
    }

    private static int Scaled(int side, long by, long of) => (int)Math.Clamp(Math.Round((decimal)side * by / of), 1, int.MaxValue);
}
