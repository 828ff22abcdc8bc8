//! The SCIM service over a real socket. The tests follow the sentences of RFC 7643, RFC 7644 and RFC 9865.

mod bulk;
mod closing;
mod desk;
mod discovery;
mod doors;
mod entra;
mod kept;
mod lists;
mod patch;
mod together;
mod twice;
mod users;
