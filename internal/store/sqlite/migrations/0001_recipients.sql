-- What is known of recipients, and what was reported.

create table meta (
	name  text primary key,
	value any
) strict, without rowid;

-- One row a recipient, found by a hash of its address. Two addresses with one
-- hash take neighbouring rows; a row without address was somebody's once.
create table recipient (
	hash    integer primary key,
	address text    not null,
	last    integer not null, -- its latest event, 0 for none
	events  integer not null, -- how many were applied
	latest  integer not null, -- the latest time in its state, milliseconds
	listed  integer not null, -- how many rows it has in suppression
	recent  blob,             -- which messages were counted lately
	state   blob              -- policy.State
) strict;

-- Rows are only ever appended, and removed from the front. A recipient's history
-- is the chain from recipient.last through prev.
create table event (
	seq      integer primary key,
	id       any     not null, -- 15 bytes where it is an id that package event made
	prev     integer not null,
	received integer not null, -- milliseconds
	flags    integer not null,
	kind     text    not null,
	verdict  integer not null, -- 0 where it is in the body, or there is none
	report   integer not null,
	body     blob    not null
) strict;

-- Events by their ids: a number made of the id, and the event's place. The latest
-- are missing; meta.seen says which.
create table seen (
	number integer not null,
	seq    integer not null,
	primary key (number, seq)
) strict, without rowid;

-- The part of verdicts that many events share.
create table verdict (
	id       integer primary key,
	reason   text not null,
	provider text not null,
	body     blob not null
) strict;

create table report (
	n        integer primary key,
	id       text    not null unique,
	received integer not null,
	size     integer not null, -- of the report
	body     blob    not null  -- Zstandard
) strict;

-- What the states amount to, as a list.
create table suppression (
	address text    not null,
	stream  text    not null,
	ground  text    not null,
	reason  text    not null,
	since   integer not null,
	until   integer not null, -- 0 for no end
	by      text    not null,
	note    text    not null,
	primary key (address, stream)
) strict, without rowid;
create index suppression_since on suppression (since desc, address desc, stream desc);
