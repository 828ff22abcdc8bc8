//! What the options say of an access that is given. `grant` and `move` have these options.

/// The access that is given.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct AccessArgs {
    /// The unit: its RESH number, its name or a part of it.
    #[arg(long, value_name = "UNIT")]
    pub(super) unit: Option<String>,
    /// The role that is needed.
    #[arg(long, value_name = "ROLE")]
    pub(super) role: Option<String>,
    /// The application, or a part of its name; may be given several times. Without it: all of them.
    #[arg(long = "application", value_name = "APPLICATION")]
    pub(super) applications: Vec<String>,
    /// The first day; today where it is left out.
    #[arg(long, value_name = "DAY")]
    pub(super) from: Option<String>,
    /// The last day, inclusive; `none` for no end.
    #[arg(long, value_name = "DAY")]
    pub(super) until: Option<String>,
    /// The number of the application request.
    #[arg(long, value_name = "REQUEST")]
    pub(super) request: Option<String>,
}
