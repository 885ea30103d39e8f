-- Turns: what waits is read by priority and project. Software that knows no priorities writes none, and would read by an index that is gone.
alter table snapshot_tasks.tasks add column priority smallint not null default 1
    constraint a_priority_that_there_is check (priority between 0 and 2);
drop index snapshot_tasks.tasks_queued;
create index tasks_queued on snapshot_tasks.tasks (priority, project, id) where state = 'Queued';

insert into snapshot_tasks.schema_versions (version, oldest_software) values (3, 3);
