using SnapshotTasks.Campaign;
using static SnapshotTasks.Tests.RecordedRun;

namespace SnapshotTasks.Tests;

/// <summary>What the checker of the campaign finds of pauses, cancellations of many, aborts, attempts that are put off, and a read-only database.</summary>
public sealed class CampaignSteeringTests
{
    [Theory]
    [InlineData(9, false)]
    [InlineData(11, true)]
    [InlineData(19, true)]
    [InlineData(21, false)]
    public void A_task_that_started_between_a_pause_and_its_end_is_found(int second, bool found) =>
        Falsified(run => run.Change("14", row => row with { StartedAt = Noon.AddSeconds(second) }))
            .Should().BeEquivalentTo(found ? [Broken.StartedWhilePaused] : Array.Empty<Broken>());

    [Fact]
    public void A_task_that_started_in_a_pause_that_has_no_end_is_found() =>
        Falsified(run =>
        {
            run.Entries.RemoveAll(entry => entry is ResumeAsked);
            run.Change("14", row => row with { StartedAt = Noon.AddSeconds(21) });
        }).Should().Equal(Broken.StartedWhilePaused);

    [Fact]
    public void A_pause_of_a_project_holds_no_other_back()
    {
        void Of(RecordedRun run, string project)
        {
            run.Change<Paused>(paused => paused with { Project = project });
            run.Change<ResumeAsked>(resumed => resumed with { Project = project });
            run.Change("14", row => row with { StartedAt = Noon.AddSeconds(15) });
        }

        Falsified(run => Of(run, KnownTask.Odd)).Should().BeEmpty();
        Falsified(run => Of(run, KnownTask.Even)).Should().Equal(Broken.StartedWhilePaused);
    }

    [Fact]
    public void An_attempt_that_was_put_off_and_went_on_in_a_pause_is_found_unless_it_was_aborted()
    {
        void GoesOn(RecordedRun run, string task)
        {
            run.Change<PutOffSeen>(look => look with { Tasks = [new(task, 1)] });
            run.Entries[run.Entries.FindLastIndex(entry => entry is PutOffSeen)] = new PutOffSeen(run.Entries.OfType<PutOffSeen>().Last().At, []);
        }

        Falsified(run => GoesOn(run, "14")).Should().Equal(Broken.StartedWhilePaused);
        Falsified(run => GoesOn(run, "11")).Should().BeEmpty();
    }

    [Fact]
    public void A_task_of_a_cancellation_without_an_outcome_is_found() =>
        Falsified(run => run.ChangeListed("14", listed => listed with { Answer = null, State = null })).Should().Contain(Broken.WithoutOutcome);

    [Fact]
    public void A_task_that_a_cancellation_has_forgotten_is_lost() =>
        Falsified(run => run.Listed.RemoveAll(listed => listed.Task == "14")).Should().Contain(Broken.Lost);

    [Fact]
    public void An_outcome_that_was_told_and_changed_is_two_outcomes()
    {
        void TellAgain(RecordedRun run, string outcome, string details) =>
            run.AskMany(Question.LookAtMany, "many", request => [new OutcomeTold(0, request, "many", "14", outcome, details)]);

        Falsified(run => TellAgain(run, "REFUSED", "PROCESSING since noon")).Should().BeEmpty();
        Falsified(run => TellAgain(run, "REFUSED", "PROCESSING since one")).Should().Equal(Broken.TwoOutcomes);
        Falsified(run => TellAgain(run, "CANCELED", "CANCELED since noon")).Should().Equal(Broken.TwoOutcomes);
    }

    [Fact]
    public void An_outcome_that_is_not_the_one_that_was_kept_is_two_outcomes() =>
        Falsified(run => run.Change<OutcomeTold>(told => told with { Outcome = "REFUSED" })).Should().Equal(Broken.TwoOutcomes);

    [Fact]
    public void A_task_that_was_cancelled_with_others_and_by_itself_is_two_outcomes() =>
        Falsified(run => run.Ask(Question.Cancel, "12", new Told(0, 0, Answer.Cancelled, "12", "CANCELED"))).Should().Equal(Broken.TwoOutcomes);

    [Fact]
    public void A_task_that_ran_and_was_cancelled_with_others_is_found() =>
        Falsified(run => run.Change("12", row => row with { State = "Completed", Attempt = 1, StartedAt = Noon, Pictures = ["0.jpg"] })).Should().Contain(Broken.StartedAndCancelled);

    [Fact]
    public void A_cancelled_task_that_was_refused_with_others_as_running_is_found() =>
        Falsified(run =>
        {
            run.ChangeListed("12", listed => listed with { Answer = "Refused", State = "Running" });
            run.Change<OutcomeTold>(told => told with { Outcome = "REFUSED" });
        }).Should().Contain(Broken.StartedAndCancelled);

    [Fact]
    public void A_task_that_a_cancellation_did_not_find_although_its_project_has_it_is_lost() =>
        Falsified(run => run.Change("1", row => row with { Project = KnownTask.Even })).Should().Equal(Broken.Lost);

    [Fact]
    public void A_dry_run_that_lists_what_does_not_match_is_untrue() =>
        Falsified(run => run.Entries[run.Entries.FindIndex(entry => entry is Asked { What: Question.DryRun })] =
            run.Entries.OfType<Asked>().First(asked => asked.What == Question.DryRun) with { About = "2-1 long.mp4" }).Should().Equal(Broken.Untrue);

    [Fact]
    public void A_picture_that_was_published_after_an_abort_is_found()
    {
        Falsified(run => run.Files["Passing-2-1"] = new HashSet<string> { "0.jpg@1", "1.jpg@2" }).Should().Equal(Broken.PicturesAfterAbort);
        Falsified(run => run.Files["Passing-2-1"] = new HashSet<string> { "0.jpg@2" }).Should().Equal(Broken.PicturesAfterAbort);
        Falsified(run => run.Files["Passing-2-1"] = new HashSet<string>()).Should().BeEmpty();
    }

    [Fact]
    public void A_worker_that_was_frozen_before_the_abort_is_the_exception_and_no_other_is()
    {
        void Freeze(RecordedRun run, string host, double after)
        {
            run.Files["Passing-2-1"] = new HashSet<string> { "1.jpg@2" };
            run.Entries.Add(new HostFrozen(run.Entries.First(entry => entry is WorkerSaid { Task: "11" }).At + after, host));
        }

        Falsified(run => Freeze(run, Host, 0.5)).Should().BeEmpty();
        Falsified(run => Freeze(run, Other, 0.5)).Should().Equal(Broken.PicturesAfterAbort);
        Falsified(run => Freeze(run, Host, 1000)).Should().Equal(Broken.PicturesAfterAbort);
        Falsified(run =>
        {
            Freeze(run, Host, -0.5);
            run.Entries.Add(new HostThawed(run.Entries.OfType<HostFrozen>().Single().At + 0.1, Host));
        }).Should().Equal(Broken.PicturesAfterAbort);
    }

    [Fact]
    public void An_aborted_task_that_ended_otherwise_is_two_outcomes() =>
        Falsified(run => run.Change("11", row => row with { Failure = "The video cannot be decoded.", Code = "InvalidCodec" })).Should().Contain(Broken.TwoOutcomes);

    [Fact]
    public void Two_aborts_that_were_accepted_are_two_outcomes() =>
        Falsified(run => run.Ask(Question.Abort, "11", new Told(0, 0, Answer.Aborted, "11", "FAILED", "0.jpg@1"))).Should().Equal(Broken.TwoOutcomes);

    [Fact]
    public void A_task_that_is_aborted_although_nobody_was_told_so_is_untrue_unless_an_answer_was_lost()
    {
        Falsified(run => run.Entries.RemoveAll(entry => entry is Told { Answer: Answer.Aborted })).Should().BeEmpty();
        Falsified(run => run.Entries[run.Entries.FindIndex(entry => entry is Told { Answer: Answer.Aborted })] =
            run.Entries.OfType<Told>().First(told => told.Answer == Answer.Aborted) with { Answer = Answer.EndingNow, Status = "PROCESSING" }).Should().Equal(Broken.Untrue);
    }

    [Theory]
    [InlineData(-1, true)]
    [InlineData(0, false)]
    [InlineData(1, true)]
    public void A_task_that_failed_has_had_all_of_its_attempts_and_no_more(int more, bool found) =>
        Falsified(run => run.Change("13", row => row with { Attempt = row.Attempt + more })).Should().BeEquivalentTo(found ? [Broken.Attempts] : Array.Empty<Broken>());

    [Fact]
    public void An_end_that_no_attempt_made_is_none() =>
        Falsified(run => run.Change("13", row => row with { Attempt = row.Attempt + 1, Failure = "Given up: 8 attempts ended without an outcome." })).Should().BeEmpty();

    [Fact]
    public void An_attempt_that_was_given_back_and_counts_is_found() =>
        Falsified(run => run.Change("14", row => row with { Released = 0 })).Should().Equal(Broken.Attempts);

    [Fact]
    public void A_task_that_a_worker_started_and_that_is_said_to_wait_afterwards_is_found() =>
        Falsified(run => run.Ask(Question.Look, "14", new Told(0, 0, Answer.Seen, "14", "WAITING"))).Should().Equal(Broken.TwoOutcomes);

    [Fact]
    public void A_database_that_takes_writes_again_and_from_which_nothing_is_acknowledged_is_found()
    {
        int LastTold(RecordedRun run) => run.Entries.FindLastIndex(entry => entry is Told);
        Falsified(run => run.Entries.RemoveAt(LastTold(run))).Should().Equal(Broken.StayedReadOnly);
        Falsified(run => run.Entries[LastTold(run)] = run.Entries[LastTold(run)] with { At = run.Entries[LastTold(run)].At + 6000 }).Should().Equal(Broken.StayedReadOnly);
    }
}
