-- Counters by the hour and by the day as well, so that a month costs 30 buckets;
-- those of rate_fine are kept for a week only. All counters of a value in a bucket
-- are one row: a page of a dashboard reads hundreds of rows instead of tens of
-- thousands. Messages are claimed for one target.

create table rate_fine (
	dimension integer not null,
	bucket    integer not null, -- its beginning, seconds
	value     text    not null,
	counts    text    not null, -- a line each: kind/reason=number
	primary key (dimension, bucket, value)
) strict, without rowid;

create table rate_hour (
	dimension integer not null,
	bucket    integer not null,
	value     text    not null,
	counts    text    not null,
	primary key (dimension, bucket, value)
) strict, without rowid;

create table rate_day (
	dimension integer not null,
	bucket    integer not null,
	value     text    not null,
	counts    text    not null,
	primary key (dimension, bucket, value)
) strict, without rowid;

insert into rate_fine (dimension, bucket, value, counts)
	select dimension, bucket, value, group_concat(what || '=' || n, char(10)) from rate group by dimension, bucket, value;
insert into rate_hour (dimension, bucket, value, counts)
	select dimension, at, value, group_concat(what || '=' || n, char(10)) from
		(select dimension, bucket - ((bucket % 3600) + 3600) % 3600 as at, value, what, sum(n) as n from rate group by dimension, at, value, what)
	group by dimension, at, value;
insert into rate_day (dimension, bucket, value, counts)
	select dimension, at, value, group_concat(what || '=' || n, char(10)) from
		(select dimension, bucket - ((bucket % 86400) + 86400) % 86400 as at, value, what, sum(n) as n from rate group by dimension, at, value, what)
	group by dimension, at, value;
drop table rate;
delete from meta where name = 'rolled';

create index outgoing_waiting on outgoing (target, dead, next, tried);
