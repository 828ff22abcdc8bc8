//! Makes the finding about a withheld set: why the access stays in force, and what people can do.

use crate::change::Why;
use crate::decide::whom;
use crate::diag::{Code, Finding, Place, Text, text};
use crate::judge::how_to_release;
use crate::model::Register;
use crate::plan::HeldSet;

/// Makes the finding about a withheld set.
pub fn finding(set: &HeldSet, register: &Register) -> Finding {
    let names = whom::names(&set.people);
    let place = set.trust.as_ref().map_or_else(String::new, |trust| format!(" ({trust})"));
    let how = how_to_release(register, &set.digest);
    let (message, way_out, at) = match &set.why {
        Why::InError { file } => (
            text!(
                with names;
                en: "{names}{place}: entries are missing from `{file}`, which has an error; they stay in force",
                nb: "{names}{place}: oppføringer mangler i `{file}`, som har en feil; de gjelder fortsatt"
            ),
            text!(
                en: "Mend the file: put the entries back, or leave them out on purpose in a file without errors.",
                nb: "Rett filen: legg oppføringene tilbake, eller utelat dem med vilje i en fil uten feil."
            ),
            Some(file),
        ),
        Why::Moved { to } => (
            text!(
                with names;
                en: "{names}{place}: the file is gone, and `{to}`, which is not in order, names the same person or application; the access stays in force",
                nb: "{names}{place}: filen er borte, og `{to}`, som ikke er i orden, nevner samme person eller søknad; tilgangen gjelder fortsatt"
            ),
            text!(
                en: "If the file was moved or renamed, put it right. If the person has left, delete `{to}` too, or write `revoked` in it. Seven days after it was missed the file counts as gone, but not while it stands where settings that wait to be approved would have it.",
                nb: "Er filen flyttet eller fått nytt navn, rett det. Har personen sluttet, slett `{to}` også, eller skriv `revoked` i den. Sju dager etter at den ble savnet, regnes filen som borte, men ikke så lenge den ligger der innstillinger som venter på godkjenning, vil ha den."
            ),
            Some(to),
        ),
        Why::UnitMoved { file } => (
            text!(
                with names;
                en: "{names}{place}: the settings in force moved the unit to this trust, and its file still stands at `{file}`; the access stays in force, however long that takes",
                nb: "{names}{place}: innstillingene som gjelder, flyttet enheten til dette helseforetaket, og filen ligger fortsatt på `{file}`; tilgangen gjelder fortsatt, uansett hvor lenge det tar"
            ),
            text!(
                en: "Move the file, or its entry, into the folder of the trust that the unit belongs to now; nothing is approved again. If the person has left, delete the entry, or write `revoked` in it.",
                nb: "Flytt filen, eller oppføringen, til mappen til helseforetaket som enheten hører til nå; ingenting godkjennes på nytt. Har personen sluttet, slett oppføringen, eller skriv `revoked` i den."
            ),
            Some(file),
        ),
        Why::Unread { folder } => (
            text!(
                with names;
                en: "{names}{place}: the file is gone, and `{folder}`, where it may have been moved, cannot be read as a whole; the access stays in force",
                nb: "{names}{place}: filen er borte, og `{folder}`, dit den kan være flyttet, kan ikke leses i sin helhet; tilgangen gjelder fortsatt"
            ),
            text!(
                en: "Put `{folder}` right, or take it away. Seven days after it was missed the file counts as gone.",
                nb: "Rett `{folder}`, eller ta den bort. Sju dager etter at filen ble savnet, regnes den som borte."
            ),
            Some(folder),
        ),
        Why::Beside { odd } => (
            text!(
                with names;
                en: "{names}{place}: the file is gone, and `{odd}` is in its folder, where nothing counts as gone because of it; the access stays in force",
                nb: "{names}{place}: filen er borte, og `{odd}` er i mappen, der ingenting regnes som borte på grunn av den; tilgangen gjelder fortsatt"
            ),
            text!(
                en: "If the person has left, take `{odd}` out of the folder, or put the file back with `revoked` in it. If not, put the file back as it was. The file counts as gone seven days after it was missed.",
                nb: "Har personen sluttet, ta `{odd}` ut av mappen, eller legg filen tilbake med `revoked` i den. Hvis ikke, legg filen tilbake som den var. Sju dager etter at den ble savnet, regnes filen som borte."
            ),
            Some(odd),
        ),
        Why::Blinking => (
            text!(
                with names;
                en: "{names}{place}: the file comes and goes; the access stays in force",
                nb: "{names}{place}: filen kommer og går; tilgangen gjelder fortsatt"
            ),
            text!(
                en: "Find out which program writes it again and again.",
                nb: "Finn ut hvilket program som skriver den om og om igjen."
            ),
            None,
        ),
        Why::OlderTree => (
            text!(
                with names;
                en: "another machine wrote last, and the files here have not been the accepted ones yet; what is missing from them stays in force: {names}",
                nb: "en annen maskin skrev sist, og filene her har ennå ikke vært de godtatte; det som mangler i dem, gjelder fortsatt: {names}"
            ),
            text!(
                en: "Bring the files on this machine up to date; as soon as they are those that were accepted last, absence counts again.",
                nb: "Oppdater filene på denne maskinen; så snart de er de som sist ble godtatt, teller fravær igjen."
            ),
            None,
        ),
        Why::Budget | Why::Additions | Why::LastAdministrators => (Text::default(), Text::default(), None),
    };
    let release = text!(
        with how;
        en: "If it is meant, two national administrators release it: {how}.",
        nb: "Er det meningen, frigir to nasjonale administratorer det: {how}."
    );
    let finding = Finding::new(Code::LossWithheld, message, way_out.and(release));
    match at {
        Some(file) => finding.at(Place::file(file)),
        None => finding,
    }
}
