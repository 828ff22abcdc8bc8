//! `portvakt join` is the first step on a person's machine. It makes a clone, notes who the person is there and for
//! git, and tells the state of their key.

use std::path::{Path, PathBuf};

use portvakt_author::AuthorDesk;
use portvakt_core::diag::{Code, Exit, Finding, Text, text};
use portvakt_core::model::{Email, Evidence, PersonId};
use portvakt_core::tree::REGISTER;
use serde_json::json;

use super::own::KnownKey;
use super::{Stop, own, people};
use crate::cli::ask::Asker;
use crate::cli::clone::git::{answer_of_git, git};
use crate::cli::clone::noted;
use crate::cli::clone::place::clone_of;
use crate::cli::{last_valid, output, tree};
use crate::config::{Format, Global};

/// Begin on this machine: make a clone of the access repository, and say who you are.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The address of the repository, as git takes it.
    #[arg(value_name = "ADDRESS")]
    address: String,
    /// The folder for it; named after the repository where it is left out.
    #[arg(value_name = "DIR")]
    dir: Option<PathBuf>,
    /// Who you are: an id, a name or a part of it.
    #[arg(long, value_name = "PERSON")]
    by: Option<String>,
    /// The folder of the tree inside the repository, where it is not at the top.
    #[arg(long, value_name = "DIR")]
    below: Option<PathBuf>,
}

pub(in crate::cli) fn run(global: &Global, args: &Args) -> Exit {
    join(global, args).unwrap_or_else(|stop| stop.exit(global))
}

fn join(global: &Global, args: &Args) -> Result<Exit, Stop> {
    let dir = args.dir.clone().unwrap_or_else(|| named_after(&args.address));
    if dir.exists() {
        return Err(there_already(args, &dir).into());
    }
    let into = dir.to_string_lossy();
    git(Path::new("."), &["clone", "--quiet", "--no-tags", "--end-of-options", &args.address, &into])?;
    let begun = begin(global, args, &dir);
    if begun.is_err()
        && let Err(why) = std::fs::remove_dir_all(&dir)
    {
        let (dir, why) = (dir.display(), portvakt_core::system::said(&why));
        let stays = text!(
            with why;
            en: "`{dir}` could not be taken away: {why}",
            nb: "`{dir}` kunne ikke fjernes: {why}"
        );
        output::tell(global, &stays);
    }
    begun
}

/// Returns the finding for a folder that exists. It may be a clone of the files that git has made. Then only the note of
/// who the user is is missing.
fn there_already(args: &Args, dir: &Path) -> Finding {
    let shown = dir.display();
    let message = text!(en: "`{shown}` is there already", nb: "`{shown}` finnes allerede");
    let root = args.below.as_ref().map_or_else(|| dir.to_owned(), |below| dir.join(below));
    let way_out = if root.join(REGISTER).is_file() && clone_of(dir).is_some() {
        text!(
            en: "If it is your clone of this repository, go there and say who you are with `git config portvakt.person ID`. Otherwise, name another folder behind the address.",
            nb: "Er det din klone av dette arkivet, gå dit og si hvem du er, med `git config portvakt.person ID`. Ellers: oppgi en annen mappe etter adressen."
        )
    } else {
        text!(en: "Name another folder behind the address.", nb: "Oppgi en annen mappe etter adressen.")
    };
    Finding::new(Code::SourceUnreadable, message, way_out)
}

/// Returns the finding for a clone whose tree cannot be read. If it has no tree at all, the address is the wrong one.
fn not_the_repository(args: &Args, root: &Path, finding: Finding) -> Finding {
    if root.join("desired-state").exists() {
        return finding;
    }
    let address = portvakt_net::line(&portvakt_net::covered(&args.address));
    let message = text!(
        en: "the repository `{address}` is not the one with the accesses: it has no `desired-state` there",
        nb: "arkivet `{address}` er ikke det med tilgangene: der er ingen `desired-state`"
    );
    let way_out = text!(
        en: "Correct the address: whoever keeps the repository knows it. If the files are in a folder inside the repository, name that folder with `--below DIR`.",
        nb: "Rett adressen: de som forvalter arkivet, kjenner den. Ligger filene i en mappe inne i arkivet, oppgi mappen med `--below MAPPE`."
    );
    Finding::new(finding.code, message, way_out)
}

/// Notes who the user is in the clone in `dir`, and tells the next step. If this fails, the clone is removed.
fn begin(global: &Global, args: &Args, dir: &Path) -> Result<Exit, Stop> {
    let mut here = global.clone();
    here.root = args.below.as_ref().map_or_else(|| dir.to_owned(), |below| dir.join(below));
    let snapshot =
        tree::read_tree(&here).map_err(|finding| not_the_repository(args, &here.root, finding))?.snapshot;
    let (desk, _) = last_valid::desk(global, &here, &snapshot)?;
    let ask = Asker::new(global);
    let me = match &args.by {
        Some(typed) => people::chosen_person(ask, &desk, typed, "--by")?,
        None => people::ask_for_person(ask, &desk, None, (&people::who_you_are(), "--by"), |_| None)?,
    };
    git(dir, &["config", "--local", noted::PERSON, me.as_str()])?;
    let named = name_in_git(dir, &desk, &me)?;
    let key = own::known_key(&here, &desk, &me);
    if let KnownKey::Here(file) = &key {
        git(dir, &["config", "--local", noted::KEY, &file.to_string_lossy()])?;
    }
    let (register, name, people) =
        (&desk.rules.register.name, people::called(&desk, &me), desk.names().len());
    if global.format != Format::Human {
        return Ok(output::findings(global, &[], json!({ "dir": dir, "person": me, "key": key.word() })));
    }
    let shown = dir.display();
    output::say(
        global,
        &text!(
            en: "{register}, with {people} people, is in `{shown}`. You are {name}.\n",
            nb: "{register}, med {people} personer, ligger i `{shown}`. Du er {name}.\n"
        ),
    );
    let of_key = (desk.rules.register.evidence == Evidence::Signature).then(|| about_key(&key));
    for line in named.iter().chain(&of_key) {
        output::say(global, &text!(with line; en: "{line}\n", nb: "{line}\n"));
    }
    Ok(Exit::Ok)
}

/// Sets the name for git commits in the clone, if the user has none. It never invents an address. It takes the one in
/// the files, if the register keeps addresses there. Otherwise it takes the id at this machine, as all commits of this
/// program do.
fn name_in_git(dir: &Path, desk: &AuthorDesk, me: &PersonId) -> Result<Option<Text>, Finding> {
    let is_set = |name: &str| answer_of_git(dir, &["config", "--get", name]).is_some();
    if is_set("user.name") && is_set("user.email") {
        return Ok(None);
    }
    let name =
        desk.names().remove(me).filter(|name| !name.starts_with('-')).unwrap_or_else(|| me.to_string());
    let person = desk.person(me);
    let in_files = person.facts().and_then(|facts| match &facts.email {
        Some(Email::Address(address)) if desk.rules.register.contact_in_git => Some(address.clone()),
        _ => None,
    });
    let address = in_files.unwrap_or_else(|| format!("{me}@localhost"));
    for (key, value) in [("user.name", &name), ("user.email", &address)] {
        if !is_set(key) {
            git(dir, &["config", "--local", key, value])?;
        }
    }
    let said = |key: &str| answer_of_git(dir, &["config", "--get", key]).unwrap_or_default();
    let (name, address) = (portvakt_net::line(&said("user.name")), portvakt_net::line(&said("user.email")));
    Ok(Some(text!(
        en: "Git did not know you. In this folder what you change now stands under {name} <{address}>.",
        nb: "Git kjente deg ikke. I denne mappen står det du endrer nå under {name} <{address}>."
    )))
}

/// Returns the state of a person's key, and the next step.
fn about_key(key: &KnownKey) -> Text {
    match key {
        KnownKey::Here(file) => text!(
            en: "Your key is signed in, and `{file}` is noted here: you sign with it.",
            nb: "Nøkkelen din er signert inn, og `{file}` er notert her: du signerer med den.";
            file = file.display()
        ),
        KnownKey::InAgent => text!(
            en: "Your key in `ssh-agent` is signed in: sign with it by `--agent`.",
            nb: "Nøkkelen din i `ssh-agent` er signert inn: signer med den ved å skrive `--agent`."
        ),
        KnownKey::Elsewhere => text!(
            en: "A key of yours is signed in, but it was not found on this machine. Bring it here, go there and say where it is with `git config portvakt.key FILE`, or make another with `portvakt key new`.",
            nb: "Du har en nøkkel som er signert inn, men den ble ikke funnet på denne maskinen. Hent den hit, gå dit og si hvor den er med `git config portvakt.key FIL`, eller lag en ny med `portvakt key new`."
        ),
        KnownKey::Uncounted(file) => text!(
            en: "The key in `{file}` is not signed in for you, or counts no longer, so what it signs does not count. If it does not wait for that already, go there and send it in with `portvakt key new --public {file}`, or make another with `portvakt key new`.",
            nb: "Nøkkelen i `{file}` er ikke signert inn for deg, eller gjelder ikke lenger, så det den signerer, teller ikke. Venter den ikke på det allerede, gå dit og send den inn med `portvakt key new --public {file}`, eller lag en ny med `portvakt key new`.";
            file = file.display()
        ),
        KnownKey::None => text!(
            en: "Next, if you approve: go there and make your key with `portvakt key new`.",
            nb: "Neste steg, hvis du godkjenner: gå dit og lag nøkkelen din med `portvakt key new`."
        ),
    }
}

/// Returns the name that git would give the folder of a clone.
fn named_after(address: &str) -> PathBuf {
    let address = address.trim_end_matches('/');
    let address = address.strip_suffix("/.git").unwrap_or(address).trim_end_matches('/');
    let name = address.rsplit(['/', ':']).next().unwrap_or_default();
    let name = name.strip_suffix(".git").unwrap_or(name);
    PathBuf::from(if name.is_empty() { "access" } else { name })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::named_after;

    #[test]
    fn the_folder_is_named_as_git_names_it() {
        for (address, name) in [
            ("git@git.eksempel.no:register/tilganger.git", "tilganger"),
            ("https://git.eksempel.no/register/tilganger/", "tilganger"),
            ("/srv/tilganger/.git", "tilganger"),
            ("/srv/tilganger/.git/", "tilganger"),
            ("tilganger.git", "tilganger"),
            ("/.git", "access"),
        ] {
            assert_eq!(named_after(address), Path::new(name), "{address}");
        }
    }
}
