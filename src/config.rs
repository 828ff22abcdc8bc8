//! This module alone reads the environment and the options that every command shares.

use std::path::{Path, PathBuf};

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, ValueEnum};
use jiff::Timestamp;
use portvakt_core::clock::Clock;
use portvakt_core::diag::{Lang, Text, text};
use portvakt_database::{ServerAddressError, Site};
use portvakt_sources::Branch;
use portvakt_stores::RemoteStore;
use portvakt_stores::rapporteket::RapporteketSettings;

mod credentials;
mod environment;
mod language;
mod reports;
mod scim;
mod server;
mod store;
mod unfit;

use credentials::credential;
#[cfg(debug_assertions)]
pub use environment::cargo;
pub use environment::{askpass_is_forced, cache, home, is_a_job, plain_text, scratch};
use language::of_environment;
pub use language::{format_of, language_of};
pub use reports::{ReportsArgs, ReportsOptionError};
pub use scim::{ScimArgs, ScimError};
pub use server::ServerArgs;
pub use store::{StoreUrl, StoreUrlError};
pub use unfit::Unfit;

/// How results are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For a person at a terminal.
    Human,
    /// For programs.
    Json,
    /// For a GitHub workflow run: annotations at the lines concerned.
    Github,
    /// SARIF 2.1.0, for the code scanning of a forge.
    Sarif,
    /// A JUnit report, for the test view of a build server.
    Junit,
    /// For a comment on a proposed change.
    Markdown,
}

/// Where the tree is read from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SourceKind {
    /// A directory, as it stands.
    Dir,
    /// A branch of a git repository: what is committed, never the work tree.
    Git,
}

/// The heading in the help text for these options. It keeps them apart from the command's own options.
const EVERYWHERE: &str = "Options of every command";

/// Options of every command.
#[derive(Debug, Clone, Args)]
pub struct Global {
    /// Folder that holds `desired-state` and `policies`.
    #[arg(
        long,
        global = true,
        env = "PORTVAKT_ROOT",
        hide_env_values = true,
        default_value = ".",
        value_name = "DIR",
        help_heading = EVERYWHERE
    )]
    pub root: PathBuf,
    /// Where the tree is read from.
    #[arg(
        long,
        global = true,
        env = "PORTVAKT_SOURCE",
        hide_env_values = true,
        default_value = "dir",
        value_name = "SOURCE",
        help_heading = EVERYWHERE,
        hide_short_help = true
    )]
    pub source: SourceKind,
    /// With `--source git`: the branch; the one that HEAD names if none is given.
    #[arg(
        long = "ref",
        global = true,
        env = "PORTVAKT_REF",
        hide_env_values = true,
        value_name = "REF",
        help_heading = EVERYWHERE,
        hide_short_help = true
    )]
    pub reference: Option<String>,
    /// With `--source git`: the folder of the tree below the root, which may be a bare repository.
    #[arg(
        long,
        global = true,
        env = "PORTVAKT_INSIDE",
        hide_env_values = true,
        value_name = "DIR",
        help_heading = EVERYWHERE,
        hide_short_help = true
    )]
    pub inside: Option<String>,
    /// Where the register says `evidence: forge`: the file with the read-only token the forge is asked with. Where it
    /// is left out, `forge-token` among the system's credentials for this service, if it is there.
    #[arg(
        long,
        global = true,
        env = "PORTVAKT_FORGE_TOKEN_FILE",
        hide_env_values = true,
        value_name = "FILE",
        help_heading = EVERYWHERE,
        hide_short_help = true
    )]
    pub forge_token_file: Option<PathBuf>,
    /// The register: `sqlite:PATH`, relative to the root; `postgres://ROLE@HOST/DATABASE`; or the address of a SCIM
    /// service, `https://HOST/PATH`.
    #[arg(
        long,
        global = true,
        env = "PORTVAKT_STORE",
        hide_env_values = true,
        default_value = "sqlite:var/register.db",
        value_name = "URL",
        help_heading = EVERYWHERE
    )]
    pub store: StoreUrl,
    /// What is remembered of a register elsewhere, and the ledger: `sqlite:PATH`, relative to the root.
    #[arg(
        long,
        global = true,
        env = "PORTVAKT_MEMORY",
        hide_env_values = true,
        default_value = "sqlite:var/memory.db",
        value_name = "URL",
        value_parser = store::file,
        help_heading = EVERYWHERE,
        hide_short_help = true
    )]
    pub memory: PathBuf,
    #[command(flatten)]
    scim: ScimArgs,
    #[command(flatten)]
    server: ServerArgs,
    #[command(flatten)]
    reports: ReportsArgs,
    /// How results are written.
    #[arg(
        long,
        global = true,
        env = "PORTVAKT_FORMAT",
        hide_env_values = true,
        default_value = "human",
        value_name = "FORMAT",
        help_heading = EVERYWHERE
    )]
    pub format: Format,
    /// The language of results: `nb` (bokmål) or `en`. Where it is left out, that of the environment's `LC_ALL`,
    /// `LC_MESSAGES` or `LANG`.
    #[arg(
        long,
        global = true,
        env = "PORTVAKT_LANG",
        hide_env_values = true,
        value_parser = language(),
        value_name = "LANG",
        help_heading = EVERYWHERE
    )]
    lang: Option<Lang>,
    /// The clock that the program was started with. [`crate::cli::run`] puts it here; until then it stands at a time at which
    /// nothing begins and nothing ends.
    #[arg(skip = Clock::new(|| Timestamp::UNIX_EPOCH))]
    clock: Clock,
    /// The folder whose register and lists of keys count in the place of those below the root, which are not valid. No
    /// option sets it.
    #[arg(skip)]
    pub stand_in: Option<PathBuf>,
}

fn language() -> impl TypedValueParser<Value = Lang> {
    PossibleValuesParser::new(["nb", "en"]).map(|name| if name == "nb" { Lang::Nb } else { Lang::En })
}

/// The file that a path leads to by links. If there is no file yet, it is the one that would be made.
#[must_use]
pub fn end_of_links(path: PathBuf) -> PathBuf {
    let mut end = path;
    // No system follows more links than this.
    for _ in 0..40 {
        let Ok(next) = std::fs::read_link(&end) else { break };
        end = end.parent().map_or_else(|| next.clone(), |folder| folder.join(&next));
    }
    end
}

impl Format {
    /// Whether this format can show findings only. Such a format cannot show a list of people, for example.
    #[must_use]
    pub fn is_for_findings(self) -> bool {
        match self {
            Self::Human | Self::Json | Self::Github => false,
            Self::Sarif | Self::Junit | Self::Markdown => true,
        }
    }
}

impl Global {
    /// The file with the forge's token, if there is one. It is the option's file, or else systemd's credential
    /// `forge-token`.
    #[must_use]
    pub fn forge_token(&self) -> Option<PathBuf> {
        let given = || credential("forge-token").filter(|path| path.is_file());
        self.forge_token_file.clone().or_else(given)
    }

    /// Describes options that cannot be used together, if there are any.
    #[must_use]
    pub fn misuse(&self) -> Option<Text> {
        if self.store == StoreUrl::WithPassword {
            let why = ServerAddressError::Password.words();
            return Some(text!(with why; en: "`--store`: {why}", nb: "`--store`: {why}"));
        }
        let alone = self.source == SourceKind::Dir && (self.reference.is_some() || self.inside.is_some());
        alone.then(|| {
            text!(
                en: "`--ref` and `--inside` go with `--source git`",
                nb: "`--ref` og `--inside` hører sammen med `--source git`"
            )
        })
    }

    /// The branch that the tree is read from. It is `None` if the source is a directory.
    #[must_use]
    pub fn branch(&self) -> Option<Branch> {
        match self.source {
            SourceKind::Dir => None,
            SourceKind::Git => Some(self.git_branch()),
        }
    }

    /// The branch of the repository that holds the root. The answer does not depend on the source.
    #[must_use]
    pub fn git_branch(&self) -> Branch {
        Branch {
            root: self.root.clone(),
            inside: self.inside.clone().unwrap_or_default(),
            reference: self.reference.clone(),
        }
    }

    /// The folder whose register and lists of keys count. It is the root, unless those of another folder stand in.
    #[must_use]
    pub fn settings_root(&self) -> &Path {
        self.stand_in.as_deref().unwrap_or(&self.root)
    }

    /// The language of results. It is the language of the option, if that was given. Otherwise it is the language of
    /// the first variable that is set among `LC_ALL`, `LC_MESSAGES` and `LANG` (POSIX gives this order).
    #[must_use]
    pub fn lang(&self) -> Lang {
        self.lang.unwrap_or_else(of_environment)
    }

    /// The file of the register, or the memory file of a register elsewhere. Both hold the ledger and everything that
    /// was accepted. With PostgreSQL there is no such file, and the program uses only the folder of this path.
    #[must_use]
    pub fn store_path(&self) -> PathBuf {
        let path = match &self.store {
            StoreUrl::File(path) => path,
            StoreUrl::Scim(_) | StoreUrl::Postgres(_) | StoreUrl::WithPassword => &self.memory,
        };
        if path.is_absolute() { path.clone() } else { self.root.join(path) }
    }

    /// The place of this program's own tables: the ledger, and either the register or the memory of a register
    /// elsewhere.
    ///
    /// # Errors
    /// The function fails when a credential that the options name is missing.
    pub fn site(&self) -> Result<Site, ScimError> {
        match &self.store {
            StoreUrl::File(_) | StoreUrl::Scim(_) | StoreUrl::WithPassword => {
                Ok(Site::File(self.store_path()))
            }
            StoreUrl::Postgres(address) => Ok(Site::Server(Box::new(self.server.server(address)?))),
        }
    }

    /// The client for a register elsewhere, behind a SCIM service. It is `None` for a register in this program's own
    /// tables.
    ///
    /// # Errors
    /// The function fails when a file that the options name cannot be used.
    pub fn remote(&self) -> Result<Option<RemoteStore>, ScimError> {
        match &self.store {
            StoreUrl::File(_) | StoreUrl::Postgres(_) | StoreUrl::WithPassword => Ok(None),
            StoreUrl::Scim(address) => Ok(Some(RemoteStore::Scim(Box::new(self.scim.settings(address)?)))),
        }
    }

    /// The settings for Rapporteket's reports, if the options name its database.
    ///
    /// # Errors
    /// The function fails when a file that the options name cannot be used.
    pub fn reports(&self) -> Result<Option<RapporteketSettings>, ReportsOptionError> {
        self.reports.settings()
    }

    /// The folder of the register's file. It also holds the program's other files: the lock and the ledger's key. If the
    /// path is a link, it is the folder of the file that the link leads to, so that every path to it has one lock.
    #[must_use]
    pub fn var(&self) -> PathBuf {
        end_of_links(self.store_path()).parent().map_or_else(|| self.root.clone(), Path::to_path_buf)
    }

    /// The clock that this run uses.
    #[must_use]
    pub fn clock(&self) -> Clock {
        self.clock.clone()
    }

    /// Uses this clock from now on.
    pub(crate) fn go_by(&mut self, clock: Clock) {
        self.clock = clock;
    }
}
