//! Rapporteket's reports in a real MariaDB. Reports end when somebody leaves, and the tests also stop the database.

mod elsewhere;
mod exact;
mod leaving;
mod login;
mod maria;
mod outage;
mod process;
mod world;

use crate::postgres::cluster;
