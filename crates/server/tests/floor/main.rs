//! The live floor over its real sockets: a real server on a free port, agents who sign in and follow
//! their desks, customers who write through the widget's socket. No sleeps: everything waits for a
//! condition, with a limit.

#![allow(clippy::unwrap_used)] // every unwrap here is an assertion

mod agent;
mod board;
mod calls;
mod chat;
mod contracts;
mod customer;
mod fixture;
mod follow_ups;
mod left;
mod logs;
mod offers;
mod on_call;
mod proxy;
mod seed;
mod store_away;
mod store_full;
mod telephone;
mod wait;
mod widget;
