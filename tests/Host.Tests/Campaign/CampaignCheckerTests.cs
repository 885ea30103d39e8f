using SnapshotTasks.Campaign;
using static SnapshotTasks.Tests.RecordedRun;

namespace SnapshotTasks.Tests;

/// <summary>The checker of the campaign finds nothing in an honest run, and what is wrong in every run that was falsified in one place.</summary>
public sealed class CampaignCheckerTests
{
    [Fact]
    public void An_honest_run_has_no_finding() => Checker.Check(Honest().Evidence).Should().BeEmpty();

    [Fact]
    public void An_accepted_task_without_a_row_is_lost() =>
        Falsified(run => run.Rows.RemoveAll(row => row.Id == "1")).Should().Contain(Broken.Lost);

    [Fact]
    public void A_cancelled_task_without_a_row_is_lost() =>
        Falsified(run => run.Rows.RemoveAll(row => row.Id == "2")).Should().Contain(Broken.Lost);

    [Fact]
    public void A_task_that_was_acknowledged_under_another_id_is_lost() =>
        Falsified(run => run.Change("1", row => row with { Id = "7" })).Should().Contain(Broken.Lost);

    [Fact]
    public void A_task_that_still_waits_at_the_end_is_lost() =>
        Falsified(run => run.Change("3", row => row with { State = "Queued", Attempt = 0, StartedAt = null, Pictures = null })).Should().Contain(Broken.Lost);

    [Fact]
    public void A_recorded_picture_that_is_not_on_disk_is_lost() =>
        Falsified(run => run.Pictures["Short-1-1"] = new HashSet<string>()).Should().Equal(Broken.Lost);

    [Fact]
    public void A_task_that_was_seen_and_then_does_not_exist_is_lost() =>
        Falsified(run => run.Ask(Question.Look, "1", new Told(0, 0, Answer.Seen, "1", "NO_TASK"))).Should().Contain(Broken.Lost);

    [Fact]
    public void A_cancelled_task_with_an_attempt_has_run() =>
        Falsified(run => run.Change("2", row => row with { Attempt = 1 })).Should().Equal(Broken.RanAfterCancel);

    [Fact]
    public void A_cancelled_task_that_a_worker_started_has_run() =>
        Falsified(run => run.Say(Host, WorkerEvents.Started, "2", 1)).Should().Equal(Broken.RanAfterCancel);

    [Fact]
    public void A_cancelled_task_with_pictures_has_run() =>
        Falsified(run => run.Pictures["Short-1-2"] = new HashSet<string> { "0.jpg" }).Should().Equal(Broken.RanAfterCancel);

    [Fact]
    public void A_cancel_that_was_acknowledged_on_a_task_that_ran_is_found() =>
        Falsified(run => run.Ask(Question.Cancel, "1", new Told(0, 0, Answer.Cancelled, "1", "CANCELED"))).Should().Contain(Broken.StartedAndCancelled);

    [Fact]
    public void A_task_that_was_seen_running_and_is_cancelled_is_found() =>
        Falsified(run => run.AskFirst(Question.Look, "2", new Told(0, 0, Answer.Seen, "2", "PROCESSING"))).Should().Contain(Broken.StartedAndCancelled);

    [Fact]
    public void A_cancel_that_was_refused_because_of_a_start_on_a_task_that_is_cancelled_is_found() =>
        Falsified(run => run.AskFirst(Question.Cancel, "2", new Told(0, 0, Answer.Refused, "2", "PROCESSING", "20260301120000"))).Should().Contain(Broken.StartedAndCancelled);

    [Fact]
    public void Two_cancels_that_won_are_two_outcomes() =>
        Falsified(run => run.Ask(Question.Cancel, "2", new Told(0, 0, Answer.Cancelled, "2", "CANCELED"))).Should().Equal(Broken.TwoOutcomes);

    [Fact]
    public void An_outcome_that_two_workers_recorded_is_two_outcomes() =>
        Falsified(run =>
        {
            run.Say(Other, WorkerEvents.Started, "1", 1);
            run.Say(Other, WorkerEvents.Completed, "1");
        }).Should().Equal(Broken.TwoOutcomes);

    [Fact]
    public void An_outcome_of_another_attempt_than_the_rows_is_two_outcomes() =>
        Falsified(run => run.Change("1", row => row with { Attempt = 2 })).Should().Equal(Broken.TwoOutcomes);

    [Fact]
    public void An_end_that_was_told_and_changed_is_two_outcomes() =>
        Falsified(run => run.Ask(Question.Look, "1", new Told(0, 0, Answer.Seen, "1", "SUCCEEDED", "20260301120009 with 1"))).Should().Equal(Broken.TwoOutcomes);

    [Fact]
    public void A_success_that_was_told_on_a_task_that_failed_is_two_outcomes() =>
        Falsified(run => run.Change("1", row => row with { Pictures = null, Failure = "given up" })).Should().Contain(Broken.TwoOutcomes);

    [Fact]
    public void A_task_that_ran_and_waits_again_is_two_outcomes() =>
        Falsified(run =>
        {
            run.Ask(Question.Look, "3", new Told(0, 0, Answer.Seen, "3", "PROCESSING"));
            run.Ask(Question.Look, "3", new Told(0, 0, Answer.Seen, "3", "WAITING"));
        }).Should().Equal(Broken.TwoOutcomes);

    [Fact]
    public void A_submission_that_made_two_tasks_is_two_outcomes() =>
        Falsified(run => run.AddEnded(run.Rows[0] with { Id = "8" })).Should().Equal(Broken.TwoOutcomes);

    [Fact]
    public void A_task_that_still_runs_at_the_end_is_an_orphan() =>
        Falsified(run => run.Change("3", row => row with { State = "Running", Pictures = null })).Should().Equal(Broken.Orphan);

    [Fact]
    public void A_capture_that_outlived_its_host_is_an_orphan() =>
        Falsified(run => run.Entries.Add(new Orphan(99, 4711, "ffmpeg"))).Should().Equal(Broken.Orphan);

    [Fact]
    public void A_submission_that_was_told_that_nothing_was_changed_and_is_there_was_told_the_untruth() =>
        Falsified(run =>
        {
            run.Ask(Question.Submit, "Short-1-9", new Told(0, 0, Answer.Unavailable));
            run.AddEnded(run.Rows[0] with { Id = "9", Mark = "Short-1-9" });
            run.Pictures["Short-1-9"] = run.Pictures["Short-1-1"];
        }).Should().Equal(Broken.Untrue);

    [Fact]
    public void A_task_that_is_cancelled_although_every_cancel_was_refused_is_untrue() =>
        Falsified(run =>
        {
            var won = run.Entries.FindIndex(entry => entry is Told { Answer: Answer.Cancelled });
            run.Entries[won] = (Told)run.Entries[won] with { Answer = Answer.Refused, Text = "20260301120000" };
        }).Should().Equal(Broken.Untrue);

    [Fact]
    public void A_cancel_that_was_never_answered_may_have_won() =>
        Falsified(run => run.Entries.RemoveAll(entry => entry is Told { Answer: Answer.Cancelled })).Should().BeEmpty();

    [Fact]
    public void A_host_that_ended_by_itself_is_found() =>
        Falsified(run => run.Entries.Add(new HostDown(99, Host, HostRole.Worker, HostEnd.ByItself))).Should().Equal(Broken.Untrue);

    [Fact]
    public void A_host_may_refuse_to_start_only_while_its_database_is_down()
    {
        HostDown refused = new(99_000, Host, HostRole.Worker, HostEnd.NotStarted);

        Falsified(run => run.Entries.Add(refused)).Should().Equal(Broken.Untrue);
        Falsified(run => run.Entries.AddRange([new StoreDown(90_000, Outage.Killed), refused])).Should().BeEmpty();
    }

    [Fact]
    public void An_answer_that_nobody_expects_is_found() =>
        Falsified(run => run.Ask(Question.Look, "1", new Told(0, 0, Answer.Wrong, Text: "500"))).Should().Equal(Broken.Untrue);
}
