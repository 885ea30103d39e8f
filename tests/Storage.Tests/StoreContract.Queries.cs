namespace SnapshotTasks.Tests;

/// <summary>What is kept, and how it is found.</summary>
public abstract partial class StoreContract
{
    [Fact]
    public async Task Ids_are_valid_and_increase()
    {
        var ids = new List<TaskId>();
        for (var i = 0; i < 5; i++)
        {
            ids.Add((await Submit()).Id);
        }

        ids.Should().OnlyHaveUniqueItems().And.BeInAscendingOrder().And.OnlyContain(id => TaskId.IsValid(id.Value));
    }

    [Fact]
    public async Task Times_are_whole_microseconds()
    {
        await Submit();
        var run = await Store.ClaimAsync(new Claim("worker", TimeSpan.FromTicks(12_345_678)));
        var renewed = await Store.DecideAsync(TaskDecision.Renew(run[0].Task.Id, run[0].Task.Lease!, TimeSpan.FromTicks(20_000_009)));
        var ended = await Complete(run[0].Task, "0.jpg");

        DateTimeOffset?[] times =
        [
            ended.Task!.CreatedAt, ended.Task.StartedAt, ended.Task.EndedAt, run[0].Task.Lease!.ExpiresAt, renewed.Task!.Lease!.ExpiresAt,
        ];
        times.Should().OnlyContain(time => time!.Value.Ticks % TimeSpan.TicksPerMicrosecond == 0 && time.Value.Offset == TimeSpan.Zero);
        (await Row(ended.Task.Id)).Should().BeEquivalentTo(ended.Task);
    }

    [Fact]
    public async Task Every_part_of_a_task_is_found_again_as_it_was_given()
    {
        var text = "😀 é ẞ \u202e\u0001\u001f\u007f\u0085\ufeff\r\n\t\"'\\;-- 表";
        var sampling = Sampling.Every(TimeSpan.FromSeconds(7), TimeSpan.FromSeconds(1.5), TimeSpan.FromDays(1));
        var request = new SnapshotRequest(new MediaObject(text, text, text, text), new MediaObject(text, text, text), sampling)
        {
            UserData = string.Concat(Enumerable.Repeat("😀", 30_000)),
            OutputFileName = text,
        };
        var task = (await Store.AddAsync(new NewTask(Project, request))).Task;
        var run = (await Claim(holder: text)).Should().ContainSingle().Subject.Task;
        (await Row(task.Id)).Should().BeEquivalentTo(run);
        run.Request.Should().BeEquivalentTo(request);

        var failed = await Store.DecideAsync(TaskDecision.Fail(run.Id, run.Lease!, new Failure(FailureCode.InvalidCodec, text)) with { Whole = true });
        (await Row(task.Id)).Should().BeEquivalentTo(failed.Task);
        failed.Task!.Failure!.Reason.Should().Be(text);

        await Store.AddAsync(new NewTask(Project, Request with { Sampling = Sampling.At(TimeSpan.Zero, TimeSpan.FromSeconds(2.5)) }));
        var pictured = await Complete(await ClaimOne(), text, "", "2.jpg");
        (await Row(pictured.Task!.Id)).Should().BeEquivalentTo(pictured.Task);
        pictured.Task.Pictures.Should().Equal(text, "", "2.jpg");
    }

    [Fact]
    public async Task A_task_that_runs_another_one_again_names_it_and_is_made_once()
    {
        var old = (await Move(await Submit(), TaskState.Completed)).Id;
        var again = new RunAgain(old, "ticket 7");
        var task = new NewTask(Project, Request with { Again = again, DrawnDirectory = "0f" }) { Key = new(again.Key, "of the request") };

        var added = await Store.AddAsync(task);
        var repeated = await Store.AddAsync(task);

        (added.Answer, repeated.Answer, repeated.Task.Id).Should().Be((SubmitAnswer.Accepted, SubmitAnswer.Repeated, added.Task.Id));
        var kept = (await Row(added.Task.Id)).Request;
        (kept.Again, kept.DrawnDirectory).Should().Be((again, "0f"));
        (await Store.AddAsync(task with { Key = new((again with { Action = "ticket 8" }).Key, "of the request") })).Answer.Should().Be(SubmitAnswer.Accepted);
    }

    [Fact]
    public async Task Who_goes_through_all_tasks_that_match_reads_each_once_in_the_order_of_their_acceptance()
    {
        var failed = new List<TaskId>();
        DateTimeOffset since = default;
        for (var i = 0; i < 9; i++)
        {
            Advance(i % 3 == 0 ? TimeSpan.FromMinutes(1) : TimeSpan.Zero);
            await Submit();
            var run = await ClaimOne();
            var ended = i % 2 == 0 ? (await Fail(run)).Task : (await Complete(run, "0.jpg")).Task;
            since = i == 3 ? ended.CreatedAt : since;
            failed.AddRange(i % 2 == 0 ? [ended.Id] : []);
        }

        await Store.AddAsync(new NewTask(Another, Request));
        await Submit();

        async Task<List<TaskId>> ReadAsync(TaskFilter filter, int take)
        {
            var (read, last) = (new List<TaskId>(), (TaskPlace?)null);
            IReadOnlyList<SnapshotTask> page;
            do
            {
                page = await Store.ListNextAsync(filter, last, take);
                page.Count.Should().BeLessThanOrEqualTo(take);
                read.AddRange(page.Select(task => task.Id));
                last = page.Count > 0 ? TaskPlace.Of(page[^1]) : last;
            }
            while (page.Count == take);

            return read;
        }

        (await ReadAsync(new(Project, Failed: true), 2)).Should().Equal(failed);
        (await ReadAsync(new(Project, Failed: true), 100)).Should().Equal(failed);
        (await ReadAsync(new(Project, Failed: true, CreatedFrom: since), 1)).Should().Equal(failed.Where(id => id.Value > 3));
        (await ReadAsync(new(Project, Failed: true, CreatedTo: since), 2)).Should().Contain(failed[0]).And.NotContain(failed[^1]);
        (await ReadAsync(new(Project), 3)).Should().HaveCount(10).And.BeInAscendingOrder();
        (await ReadAsync(new(Project, TaskState.Queued), 3)).Should().ContainSingle();
        (await Store.ListNextAsync(new(Project), TaskPlace.Of(await Row(failed[2])), 1)).Should().ContainSingle().Which.Id.Should().BeGreaterThan(failed[2]);
    }

    [Fact]
    public async Task Tasks_are_found_by_their_ids_each_once_and_unknown_ids_are_left_out()
    {
        var first = await Submit();
        await Submit();
        var third = await Submit();

        var found = await Store.GetAsync(Project, [third.Id, first.Id, third.Id, new TaskId(9_999_999_999_999_999)]);

        found.Should().BeEquivalentTo([first, third]);
        (await Store.GetAsync(Project, [])).Should().BeEmpty();
    }

    [Fact]
    public async Task Pages_come_newest_first_and_among_equal_times_by_descending_id()
    {
        var tasks = new List<SnapshotTask>();
        for (var i = 0; i < 7; i++)
        {
            tasks.Add(await Submit());
            Advance(i % 2 == 0 ? TimeSpan.Zero : TimeSpan.FromSeconds(1));
        }

        await Store.AddAsync(new NewTask(Another, Request));
        tasks.Reverse();

        foreach (var filter in new[] { new TaskFilter(Project), new TaskFilter(Project, TaskState.Queued) })
        {
            (await Store.ListAsync(filter, 0, 3)).Select(task => task.Id).Should().Equal(tasks.Take(3).Select(task => task.Id));
            (await Store.ListAsync(filter, 3, 3)).Select(task => task.Id).Should().Equal(tasks.Skip(3).Take(3).Select(task => task.Id));
            (await Store.ListAsync(filter, 6, 3)).Select(task => task.Id).Should().Equal(tasks[6].Id);
            (await Store.ListAsync(filter, 9, 3)).Should().BeEmpty();
        }
    }

    [Fact]
    public async Task Pages_from_a_place_on_show_each_task_that_is_there_all_the_time_exactly_once()
    {
        foreach (var filter in new[]
        {
            new TaskFilter(Project), TaskFilter.Queued(Project), new TaskFilter(Project, TaskState.Queued, Failed: false),
            new TaskFilter(Project, CreatedTo: DateTimeOffset.UtcNow.AddYears(100)),
        })
        {
            var tasks = new List<TaskId>();
            for (var i = 0; i < 24; i++)
            {
                tasks.Add((await Submit()).Id);
                Advance(i % 4 == 3 ? TimeSpan.FromSeconds(1) : TimeSpan.Zero);
            }

            var (seen, moved, place) = (new List<TaskId>(), new List<TaskId>(), default(TaskPlace?));
            while (await Store.ListAsync(filter, 0, 3, place) is [.., var last] page)
            {
                place = TaskPlace.Of(last);
                seen.AddRange(page.Select(task => task.Id));

                // What was just seen ends and is removed, as does, at first, what comes last; and there are new ones.
                foreach (var gone in tasks.Except(moved).Take(seen.Count < 12 ? 1 : 0).Append(last.Id).ToList())
                {
                    await Store.DecideAsync(TaskDecision.Cancel(Project, gone));
                    moved.Add(gone);
                }

                await Submit();
                Advance(TimeSpan.FromSeconds(1));
                await Store.RemoveEndedAsync(TimeSpan.FromMilliseconds(1), default, 1000);
                await Submit();
            }

            seen.Should().OnlyHaveUniqueItems("{0}", filter);
            seen.Where(tasks.Except(moved).Contains).Should().Equal(tasks.Except(moved).Reverse(), "{0}", filter);
            seen.Should().OnlyContain(id => tasks.Contains(id) || id < tasks[0], "{0}", filter);
        }
    }

    [Fact]
    public async Task A_place_bounds_every_filter_and_what_is_skipped_is_counted_from_it()
    {
        var tasks = new List<SnapshotTask>();
        for (var i = 0; i < 6; i++)
        {
            tasks.Add(await Submit());
            Advance(i % 2 == 0 ? TimeSpan.Zero : TimeSpan.FromSeconds(1));
        }

        tasks.Reverse();
        foreach (var state in new TaskState?[] { null, TaskState.Queued })
        {
            foreach (var (to, expected) in new (DateTimeOffset?, IEnumerable<SnapshotTask>)[]
            {
                (null, tasks.Skip(2)), (tasks[0].CreatedAt, tasks.Skip(2)), (tasks[4].CreatedAt, tasks.Skip(4)),
            })
            {
                var filter = new TaskFilter(Project, state, CreatedTo: to);
                (await Store.ListAsync(filter, 0, 9, TaskPlace.Of(tasks[1]))).Select(task => task.Id)
                    .Should().Equal(expected.Where(filter.Matches).Select(task => task.Id), "{0}", filter);
                (await Store.ListAsync(filter, 1, 1, TaskPlace.Of(tasks[1]))).Select(task => task.Id)
                    .Should().Equal(expected.Where(filter.Matches).Skip(1).Take(1).Select(task => task.Id), "{0}", filter);
            }
        }
    }

    [Fact]
    public async Task Filters_and_counts_find_exactly_the_tasks_that_match()
    {
        var all = new List<TaskId>();
        foreach (var state in new[] { TaskState.Completed, TaskState.Running, TaskState.Cancelled, TaskState.Completed })
        {
            all.Add((await Reach(state)).Task.Id);
            Advance(TimeSpan.FromSeconds(1));
        }

        all.Add((await Submit()).Id);
        await Fail(await ClaimOne());
        Advance(TimeSpan.FromSeconds(1));
        all.Add((await Submit()).Id);
        await Store.AddAsync(new NewTask(Another, Request));
        var rows = await Store.GetAsync(Project, all);
        var times = new[] { default(DateTimeOffset?), rows[0].CreatedAt, rows[2].CreatedAt, rows[3].CreatedAt.AddTicks(1), rows[5].CreatedAt.AddTicks(-1) };

        foreach (var filter in
            from state in (TaskState?[])[null, .. Enum.GetValues<TaskState>()]
            from failed in (bool?[])[null, true, false]
            from start in times
            from end in times
            select new TaskFilter(Project, state, failed, start, end))
        {
            var expected = rows.Where(filter.Matches).OrderByDescending(task => task.CreatedAt).Select(task => task.Id).ToList();
            (await Store.ListAsync(filter, 0, 100)).Select(task => task.Id).Should().Equal(expected, "{0}", filter);
            (await Store.CountAsync(filter, 100)).Should().Be(expected.Count, "{0}", filter);
            (await Store.CountAsync(filter, 2)).Should().Be(Math.Min(2, expected.Count), "{0}", filter);
        }
    }
}
