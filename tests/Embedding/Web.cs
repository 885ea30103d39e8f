using SnapshotTasks;

var builder = WebApplication.CreateBuilder(args);
builder.Services.AddSnapshotTasks(tasks => tasks
    .UseSqlite("snapshots.db")
    .AddWorker()
    .AddFfmpeg());
var app = builder.Build();

app.MapGet("/", () => "Hello World!");
app.MapSnapshotTasks();

app.Run();
