//! Rapporteket's reports, in a real MariaDB: what ends there when somebody leaves, and what happens when it is down.

mod elsewhere;
mod exact;
mod leaving;
mod maria;
mod outage;
mod process;
mod world;

use crate::postgres::cluster;
