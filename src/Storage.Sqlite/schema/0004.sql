-- Steering: what is paused, attempts that are put off, and runs that publish. Software that does not know them would start what is paused, and
-- take over at once what was put off.
create table snapshot_tasks_pauses (
    -- Empty for everything.
    project text primary key,
    paused_by text not null,
    reason text not null,
    paused_at integer not null
) strict, without rowid;

-- An attempt that is put off has a lease that nobody holds, until the next one may start.
alter table snapshot_tasks add column deferred_code text check (deferred_code is null or (state = 'Running' and lease_holder = ''));
alter table snapshot_tasks add column deferred_reason text check ((deferred_reason is null) = (deferred_code is null));
alter table snapshot_tasks add column publishing integer not null default 0 check (publishing = 0 or (publishing = 1 and state = 'Running' and deferred_code is null));

drop index snapshot_tasks_leased;
create index snapshot_tasks_leased on snapshot_tasks (lease_expires_at, id) where state = 'Running' and deferred_code is null;
create index snapshot_tasks_deferred on snapshot_tasks (priority, project, lease_expires_at, id) where state = 'Running' and deferred_code is not null;

-- Cancellations of many: which tasks each is about, and what became of every one of them; kept a day.
create table snapshot_tasks_cancellations (
    id text primary key,
    project text not null,
    made_at integer not null,
    -- Whether all tasks that it is about are written down.
    whole integer not null
) strict, without rowid;

create table snapshot_tasks_cancelled (
    cancellation text not null,
    task integer not null,
    answer text check (answer in ('Cancelled', 'Refused', 'NotFound')),
    state text,
    ending text,
    since integer,
    primary key (cancellation, task)
) strict, without rowid;

insert into snapshot_tasks_versions (version, oldest_software) values (4, 4);
