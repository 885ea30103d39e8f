-- Events: what decisions made happen, each written in the transaction of its decision once somebody has asked for them. Software that does not
-- know of them would decide without.
create table snapshot_tasks_events (
    number integer primary key,
    task integer not null,
    version integer not null,
    what text not null,
    at integer not null,
    attempt integer not null,
    holder text,
    who text,
    why text,
    unique (task, version)
) strict;

-- One row: whether events are kept, and the highest number that was removed.
create table snapshot_tasks_kept_events (
    one integer primary key check (one = 1),
    kept integer not null check (kept in (0, 1)),
    removed_up_to integer not null
) strict;

insert into snapshot_tasks_kept_events (one, kept, removed_up_to) values (1, 0, 0);

insert into snapshot_tasks_versions (version, oldest_software) values (6, 6);
