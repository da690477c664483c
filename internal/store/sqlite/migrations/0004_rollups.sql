-- Counters by the hour and by the day as well, so that a month costs 30 buckets;
-- those of rate are kept for a week only. Messages are claimed for one target.

create table rate_hour (
	dimension integer not null,
	bucket    integer not null, -- its beginning, seconds
	value     text    not null,
	what      text    not null, -- kind/reason
	n         integer not null,
	primary key (dimension, bucket, value, what)
) strict, without rowid;

create table rate_day (
	dimension integer not null,
	bucket    integer not null, -- its beginning, seconds
	value     text    not null,
	what      text    not null, -- kind/reason
	n         integer not null,
	primary key (dimension, bucket, value, what)
) strict, without rowid;

insert into rate_hour (dimension, bucket, value, what, n)
	select dimension, bucket - ((bucket % 3600) + 3600) % 3600 as at, value, what, sum(n) from rate group by dimension, at, value, what;
insert into rate_day (dimension, bucket, value, what, n)
	select dimension, bucket - ((bucket % 86400) + 86400) % 86400 as at, value, what, sum(n) from rate_hour group by dimension, at, value, what;
delete from meta where name = 'rolled';

create index outgoing_waiting on outgoing (target, dead, next, tried);
