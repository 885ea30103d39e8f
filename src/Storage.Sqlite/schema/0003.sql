-- Turns: what waits is read by priority and project. Software that knows no priorities would read by an index that is gone.
alter table snapshot_tasks add column priority integer not null default 1 check (priority between 0 and 2);
drop index snapshot_tasks_queued;
create index snapshot_tasks_queued on snapshot_tasks (priority, project, id) where state = 'Queued';

insert into snapshot_tasks_versions (version, oldest_software) values (3, 3);
