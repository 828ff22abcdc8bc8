//! The list of all kinds of findings. The codes are stable, because scripts and people rely on them.

use std::fmt;

use serde::{Serialize, Serializer};

use super::{Lang, Text};

/// How serious a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// The run could not do its work.
    Fatal,
    /// Something is invalid or denied.
    Error,
    /// Something waits for a release by named people.
    Held,
    /// Everything is in order, but somebody should look.
    Advice,
}

impl Severity {
    /// The word for it in the output for people.
    #[must_use]
    pub fn word(self, lang: Lang) -> &'static str {
        match (self, lang) {
            (Self::Fatal, Lang::En) => "stopped",
            (Self::Fatal, Lang::Nb) => "stanset",
            (Self::Error, Lang::En) => "error",
            (Self::Error, Lang::Nb) => "feil",
            (Self::Held, Lang::En) => "held",
            (Self::Held, Lang::Nb) => "holdt tilbake",
            (Self::Advice, Lang::En) => "advice",
            (Self::Advice, Lang::Nb) => "råd",
        }
    }
}

// Each line has the name, code, severity and rules. Then follow the meaning and the next step, each in English and in
// bokmål. A finding whose next step is the one of another kind names that kind with `next_of`.
macro_rules! codes {
    ($(
        $name:ident $text:literal $severity:ident [$($rule:literal)*] $doc:literal nb $doc_nb:literal
        $(next $next:literal nb $next_nb:literal)? $(next_of $other:ident)?;
    )*) => {
        /// A kind of finding.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code {
            $(#[doc = $doc] $name,)*
        }

        impl Code {
            /// Every kind of finding.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// The stable code.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }

            /// The severity of this kind of finding.
            #[must_use]
            pub fn severity(self) -> Severity {
                match self { $(Self::$name => Severity::$severity,)* }
            }

            /// The rules of the procedure that this kind of finding enforces, if they are the same each time.
            #[must_use]
            pub fn rules(self) -> &'static [&'static str] {
                match self { $(Self::$name => &[$($rule),*],)* }
            }

            /// The meaning of the finding, in one sentence.
            #[must_use]
            pub fn meaning(self) -> Text {
                match self { $(Self::$name => Text::new($doc, $doc_nb),)* }
            }

            /// The next step for the reader, as far as it is the same each time.
            #[must_use]
            pub fn next(self) -> Text {
                match self { $(Self::$name => { $(Text::new($next, $next_nb))? $(Self::$other.next())? })* }
            }
        }
    };
}

codes! {
    TreeMissing "tree-missing" Fatal [] "The root, `desired-state` or `policies` is missing, empty or unreadable; nothing is read from that."
        nb "Roten, `desired-state` eller `policies` mangler, er tom eller kan ikke leses; det leses ikke som at alle har sluttet."
        next "Put the folders back, or name the right root with `--root DIR`."
        nb "Legg mappene tilbake, eller oppgi riktig rot med `--root DIR`.";
    SourceUnreadable "source-unreadable" Fatal [] "Files could not be read as one whole; the pass is not made."
        nb "Filene kunne ikke leses som én helhet; gjennomgangen blir ikke gjort."
        next "Mend what the message names; the next pass tries again."
        nb "Rett det meldingen nevner; neste gjennomgang prøver igjen.";
    StoreUnavailable "store-unavailable" Fatal [] "The register's store cannot be opened, read or written."
        nb "Registerets database kan ikke åpnes, leses eller skrives."
        next "Mend what the message names; what is done stays done, and the next pass goes on."
        nb "Rett det meldingen nevner; det som er gjort, forblir gjort, og neste gjennomgang fortsetter.";
    StoreIncomplete "store-incomplete" Error [] "The store's list of accounts is not whole; nothing is removed for being absent from the tree."
        nb "Registerets liste over kontoer er ikke hel; ingenting fjernes fordi det mangler i filene."
        next "Mend the store; removals for absence go on when its list is whole."
        nb "Rett opp registeret; fjerninger fortsetter når listen er hel.";
    StoreMisfit "store-misfit" Error [] "The register's service announces attributes that do not fit the attribute map; no account is opened, and what is to be taken away is taken away."
        nb "Tjenesten til registeret oppgir attributter som ikke passer til attributtkartet; ingen konto åpnes, og det som skal fjernes, fjernes."
        next "Write the key that the finding names in the attribute map, and look with `portvakt store check`."
        nb "Skriv nøkkelen som funnet nevner i attributtkartet, og se etter med `portvakt store check`.";
    HistoryRewritten "history-rewritten" Held [] "The branch does not follow from the commit that was accepted last; nothing of it is read, and what was accepted stays in force."
        nb "Grenen følger ikke av den innsendingen som sist ble godtatt; ingenting av den leses, og det som er godtatt, gjelder fortsatt."
        next "Put the branch back, or have two national administrators accept it anew with `portvakt baseline` on the host."
        nb "Legg grenen tilbake, eller la to nasjonale administratorer godta den på nytt med `portvakt baseline` på maskinen.";
    SourceSwitched "source-switched" Held [] "What was accepted came from the other kind of source, a directory or git; nothing is read until a baseline names this one."
        nb "Det som er godtatt, kom fra den andre typen kilde, en mappe eller git; ingenting leses før et grunnlag nevner denne."
        next "Run with the source it was accepted from, or accept this one with `portvakt baseline`."
        nb "Kjør med kilden det ble godtatt fra, eller godta denne med `portvakt baseline`.";
    FetchFailed "fetch-failed" Advice [] "Git could not fetch; the branch is followed as it was fetched last."
        nb "Git kunne ikke hente; grenen følges slik den sist ble hentet."
        next "Mend the connection or the credentials the message names."
        nb "Rett forbindelsen eller tilgangen som meldingen nevner.";
    CommitPassedOver "commit-passed-over" Advice [] "A commit without a whole tree was passed over; the next one was judged against the one before it."
        nb "En innsending uten hele filtreet ble hoppet over; den neste ble vurdert mot den før den."
        next "Nothing, if the next commit is in order."
        nb "Ingenting, om neste innsending er i orden.";
    BaseStale "base-stale" Error [] "The base lacks commits of its target branch; what would be judged is not what would be merged."
        nb "Grunnlaget mangler innsendinger fra målgrenen; det som vurderes, er ikke det som blir flettet."
        next "Run it again with the tip of the target branch."
        nb "Kjør på nytt med det nyeste fra målgrenen.";
    BaseNotTheTarget "base-not-the-target" Error [] "The base is not the tip of the target branch, so whoever stands in it may be somebody who was never accepted there."
        nb "Grunnlaget er ikke det nyeste på målgrenen, så de som står i det, er kanskje aldri godtatt der."
        next "Name the tip of the target branch as the base, or the target itself with `--target`."
        nb "Oppgi det nyeste på målgrenen som grunnlag, eller selve målet med `--target`.";
    MergeConflict "merge-conflict" Error [] "The change cannot be merged with its target as it stands; nothing is judged."
        nb "Endringen kan ikke flettes med målet slik den står; ingenting vurderes."
        next "Merge the target branch into the change and settle the files that the finding names."
        nb "Flett målgrenen inn i endringen, og rett opp filene som funnet nevner.";
    NoBaseline "no-baseline" Held [] "Nothing has been accepted yet; nothing is written until a baseline is."
        nb "Ingenting er godtatt ennå; ingenting skrives før et grunnlag er godtatt."
        next "Look at `portvakt baseline`, and have two national administrators accept it."
        nb "Se på `portvakt baseline`, og la to nasjonale administratorer godta det.";
    LedgerBroken "ledger-broken" Fatal [] "The ledger's chain does not hold; somebody has changed it."
        nb "Protokollens kjede holder ikke; noen har endret den."
        next "Keep the file as it is, and compare it with the last checkpoint that left the host."
        nb "La filen være som den er, og sammenlign med det siste kontrollpunktet som forlot maskinen.";
    MemoryDiffers "memory-differs" Error [] "What is remembered of somebody, or of the register as a whole, is not what the ledger says; only `revoked` and ends act by it."
        nb "Det som huskes om noen eller om hele registeret, er ikke det protokollen sier; bare `revoked` og sluttdatoer virker ut fra det."
        next "Restore the database from a backup, or accept the state again with `portvakt baseline`."
        nb "Hent databasen tilbake fra en sikkerhetskopi, eller godta tilstanden på nytt med `portvakt baseline`.";
    MemoryAdopted "memory-adopted" Advice [] "What an older version remembered was taken over as it stood; two have not seen it yet."
        nb "Det en eldre versjon husket, ble overtatt som det var; to har ikke sett det ennå."
        next "Two national administrators look at it and acknowledge it with `portvakt release`."
        nb "To nasjonale administratorer ser på det og bekrefter med `portvakt release`.";
    SubscriptionsStayEnded "subscriptions-stay-ended" Advice ["R30"] "A right comes back; report subscriptions that ended when it was lost do not."
        nb "En rettighet kommer tilbake; rapportabonnementer som ble avsluttet da den ble borte, gjør det ikke."
        next "Tell the person to order the reports again."
        nb "Be personen bestille rapportene på nytt.";
    BeforeTheRecord "before-the-record" Error ["R36"] "The record begins later than the day that was asked for; what stood then cannot be known from it."
        nb "Protokollen begynner senere enn dagen det ble spurt om; hva som gjaldt da, kan ikke leses av den."
        next "Ask for the day the record begins or a later one; for earlier days look in the papers of that time."
        nb "Spør om dagen protokollen begynner, eller en senere; for tidligere dager må dere se i datidens papirer.";
    OddPath "odd-path" Error [] "A path that is not a plain file in its place; its folder is held."
        nb "Noe som ikke er en vanlig fil på sin plass; mappen holdes tilbake."
        next "Take it away, or put a plain file in its place."
        nb "Fjern det, eller legg en vanlig fil på plassen.";
    FileTooLarge "file-too-large" Error [] "A file above 64 KiB; held."
        nb "En fil over 64 KiB; den holdes tilbake."
        next "Put the right file back; something else may have been saved under its name."
        nb "Legg riktig fil tilbake; noe annet kan være lagret under navnet.";
    NotText "not-text" Error [] "A file that is not UTF-8 text; held."
        nb "En fil som ikke er UTF-8-tekst; den holdes tilbake."
        next "Save it again with the encoding UTF-8."
        nb "Lagre den på nytt med tegnkodingen UTF-8.";
    NotYaml "not-yaml" Error [] "A file that is not the YAML expected; held."
        nb "En fil som ikke er YAML slik det ventes; den holdes tilbake."
        next "Correct the line that is underlined; until then what was accepted before stays in force."
        nb "Rett linjen som er understreket; inntil da gjelder det som er godtatt før.";
    UnknownKey "unknown-key" Error [] "A key that means nothing here; held."
        nb "En nøkkel som ikke betyr noe her; filen holdes tilbake."
        next "Correct the spelling, or delete the line."
        nb "Rett skrivemåten, eller slett linjen.";
    MissingKey "missing-key" Error [] "A key that must be there is not."
        nb "En nøkkel som må være med, mangler."
        next "Add the line the finding shows."
        nb "Legg til linjen som funnet viser.";
    BadValue "bad-value" Error [] "A value that cannot be."
        nb "En verdi som ikke kan stemme."
        next "Correct the value; the finding says how it is written."
        nb "Rett verdien; funnet sier hvordan den skrives.";
    UnknownName "unknown-name" Error [] "A name that `register.yaml` does not have."
        nb "Et navn som ikke står i `register.yaml`."
        next "Correct the spelling; the finding lists the names there are."
        nb "Rett skrivemåten; funnet lister navnene som finnes.";
    SeveralMeant "several-meant" Error [] "What was typed fits several people, and nobody is guessed."
        nb "Det som ble skrevet, passer på flere personer, og det gjettes ikke."
        next "Type the id of the one who is meant, or more of the name."
        nb "Skriv id-en til den som menes, eller mer av navnet.";
    WrongFolder "wrong-folder" Error [] "The file or the unit does not belong to its folder."
        nb "Filen eller enheten hører ikke til i mappen."
        next "Move it to the folder of its trust, or write a unit of this one."
        nb "Flytt den til mappen til sitt helseforetak, eller skriv en enhet som hører til her.";
    RevocationUnread "revocation-unread" Error ["R45"] "The access stands: `revoked` cannot be read, and takes nothing away."
        nb "Tilgangen gjelder fortsatt: `revoked` kan ikke leses, og fjerner ingenting."
        next "Write the line as the finding shows it; it acts in the next pass."
        nb "Skriv linjen slik funnet viser; den virker i neste gjennomgang.";
    UnitClosed "unit-closed" Error [] "Somebody still has access at a unit that has closed."
        nb "Noen har fortsatt tilgang ved en enhet som er nedlagt."
        next "Let the access end, or give one at the unit that took over."
        nb "La tilgangen opphøre, eller gi en ved enheten som overtok.";
    AccountIgnored "account-ignored" Error [] "`accounts: ignore` names the account of somebody who is known."
        nb "`accounts: ignore` nevner kontoen til en kjent person."
        next "Take the account out of the list; only accounts that are nobody's belong there."
        nb "Ta kontoen ut av listen; bare kontoer som ikke er noens, hører hjemme der.";
    NothingChecked "nothing-checked" Error [] "There is no file of a person, so nothing was checked."
        nb "Det finnes ingen personfiler, så ingenting ble kontrollert."
        next "Check that the files were copied and that the root is the right one. A new register begins with `portvakt baseline`."
        nb "Kontroller at filene er kopiert og at roten er riktig. Et nytt register begynner med `portvakt baseline`.";
    DuplicateEntry "duplicate-entry" Error ["R33"] "Two entries for the same person, application, unit and request."
        nb "To oppføringer for samme person, applikasjon, enhet og søknad."
        next "Delete the one that is too many."
        nb "Slett den ene.";
    RequestOfAnother "request-of-another" Error ["R12" "R33"] "The number of an application that serves, or has served, another person."
        nb "Nummeret på en søknad som gjelder, eller har gjeldt, en annen person."
        next "Write the number of the person's own application."
        nb "Skriv nummeret på personens egen søknad.";
    RequestRejected "request-rejected" Error ["R3" "R12"] "The application was rejected; its number serves nobody."
        nb "Søknaden er avvist; nummeret gir ingen tilgang."
        next "The person sends a new application, and the entry names that number."
        nb "Personen sender en ny søknad, og oppføringen nevner det nummeret.";
    RejectionWithoutEffect "rejection-without-effect" Error ["R3" "R14"] "A rejection counts for nothing: nothing shows it, or whoever it names may not decide there."
        nb "En avvisning teller ikke: ingenting viser den, eller den som er oppgitt, kan ikke avgjøre der."
        next "Let an administrator of the trust reject the application and sign, or take the entry out."
        nb "La en administrator ved helseforetaket avvise søknaden og signere, eller ta ut oppføringen.";
    RejectionsUnread "rejections-unread" Error ["R3"] "Something in `requests` that is no plain file in its place, or that kept changing; it rejects nothing new."
        nb "Noe i `requests` som ikke er en vanlig fil på sin plass, eller som stadig ble endret; det avviser ingenting nytt."
        next "Take it away, or put the file itself in its place."
        nb "Fjern det, eller legg selve filen på plassen.";
    RequestWaits "request-waits" Advice ["R12" "R17"] "An application waits: for more than three working days, or because it is uncertain who the applicant is."
        nb "En søknad venter: i mer enn tre arbeidsdager, eller fordi det er usikkert hvem søkeren er."
        next "Decide it with `portvakt grant --from-request` or `portvakt reject`."
        nb "Avgjør den med `portvakt grant --from-request` eller `portvakt reject`.";
    NameInReason "name-in-reason" Advice [] "The reason of a rejection, or for which an access was taken back, names somebody, or may."
        nb "Begrunnelsen for en avvisning, eller for at en tilgang ble trukket tilbake, nevner noen, eller kan gjøre det."
        next "Write it without the name before the change is taken in: git and the ledger keep it for ever. A rejection is then signed anew."
        nb "Skriv den uten navnet før endringen blir tatt inn: git og protokollen tar vare på den for alltid. En avvisning signeres da på nytt.";
    RequestShared "request-shared" Advice ["R12" "R33"] "The files of two people name the same application."
        nb "Filene til to personer viser til samme søknad."
        next "Look at the applications; what was accepted so stands, a new entry on that number is refused."
        nb "Se på søknadene; det som er godtatt slik, gjelder, men en ny oppføring på nummeret avvises.";
    IdChange "id-change" Error ["R2" "R15"] "A change of a person's id that cannot be made as it stands; for seven days nobody loses anything by it."
        nb "En endring av en persons id som ikke kan gjennomføres slik den står; i sju dager mister ingen noe på grunn av den."
        next "Rename all of the person's files in one change, with `previously` in each, approved by an administrator of its trust."
        nb "Gi alle personens filer nytt navn i samme endring, med `previously` i hver, godkjent av en administrator ved helseforetaket.";
    IdChanged "id-changed" Advice ["R2"] "A person is called by another id from now on; everything that was accepted goes along."
        nb "En person har en annen id fra nå av; alt som er godtatt, følger med."
        next "Use the new id from now on, also in `register.yaml` and `allowed_signers` if they name the old one."
        nb "Bruk den nye id-en fra nå av, også i `register.yaml` og `allowed_signers` hvis de nevner den gamle.";
    IdRetired "id-retired" Error ["R2"] "An id that somebody had before, and that is never used again."
        nb "En id som noen hadde før, og som aldri brukes igjen."
        next "Use the id that the person has now; a new person is given an id of their own."
        nb "Bruk id-en personen har nå; en ny person får sin egen id.";
    ConfusableId "confusable-id" Error ["R1"] "Two people whose ids cannot be told apart by eye."
        nb "To personer med id-er som øyet ikke kan skille."
        next "Give the newer of the two another id."
        nb "Gi den nyeste av de to en annen id.";
    PersonDisagrees "person-disagrees" Error ["R2"] "Files of one person say different things about them."
        nb "Filene til én person sier ulike ting om vedkommende."
        next "Write the same in all files of the person."
        nb "Skriv det samme i alle filene til personen.";
    LoginShared "login-shared" Error ["R1"] "A login that belongs to somebody else."
        nb "En innlogging som tilhører noen andre."
        next "Write the person's own login."
        nb "Skriv personens egen innlogging.";
    ContactInGit "contact-in-git" Error [] "An e-mail address where the owner has not allowed one."
        nb "En e-postadresse der eieren ikke har tillatt det."
        next "Delete the line; addresses are kept in the register itself."
        nb "Slett linjen; adresser hører hjemme i selve registeret.";
    PersonalNumber "personal-number" Error [] "A national identity number or a telephone number; neither may ever stand in a file; held."
        nb "Et fødselsnummer eller et telefonnummer; ingen av delene kan stå i en fil; den holdes tilbake."
        next "Take it out, also out of the history of the change."
        nb "Ta det bort, også fra endringens historikk.";
    RegisterInvalid "register-invalid" Error [] "`register.yaml` is not valid; the last accepted one stays in force."
        nb "`register.yaml` er ikke gyldig; den som sist ble godtatt, gjelder fortsatt."
        next "Correct what the finding names, or put the file back as it was."
        nb "Rett det funnet nevner, eller legg filen tilbake slik den var.";
    SignersInvalid "signers-invalid" Error [] "`allowed_signers` or `revoked_keys` is not valid; the last accepted ones stay in force."
        nb "`allowed_signers` eller `revoked_keys` er ikke gyldig; de som sist ble godtatt, gjelder fortsatt."
        next "Correct the line the finding names, or put the file back as it was."
        nb "Rett linjen funnet nevner, eller legg filen tilbake slik den var.";
    PoliciesInvalid "policies-invalid" Error [] "The policies are not valid; the last accepted ones stay in force."
        nb "Tilgangsreglene er ikke gyldige; de som sist ble godtatt, gjelder fortsatt."
        next "Correct what the finding names, or put the files back as they were."
        nb "Rett det funnet nevner, eller legg filene tilbake slik de var.";
    PromiseBroken "promise-broken" Error [] "The policies permit what a promise says they never do, or deny what it says they always permit; the finding tells one such request."
        nb "Tilgangsreglene tillater noe et løfte sier de aldri gjør, eller avslår noe det sier de alltid tillater; funnet forteller om en slik forespørsel."
        next "Correct the policy, and put the case that shows it into `policies/tests/`; change the promise only if the rule is another one."
        nb "Rett tilgangsregelen, og legg tilfellet som viser det, i `policies/tests/`; endre løftet bare om regelen er en annen.";
    PromiseVoid "promise-void" Error [] "A promise is about no request that can be made, or an assumption is not one that the program keeps; nothing is proved by it."
        nb "Et løfte gjelder ingen forespørsel som kan gjøres, eller en forutsetning er ikke en programmet holder; ingenting bevises av det."
        next "Correct what the promise describes, or put the assumption back in the program's own words."
        nb "Rett det løftet beskriver, eller legg forutsetningen tilbake med programmets egne ord.";
    PromiseMissing "promise-missing" Error [] "The policies deny something that no promise in `policies/never.cedar` is about, or permit something that none in `policies/always.cedar` is about, so a later change could decide it otherwise and break no promise; the finding tells one such request."
        nb "Tilgangsreglene avslår noe som ikke noe løfte i `policies/never.cedar` gjelder, eller tillater noe som ikke noe løfte i `policies/always.cedar` gjelder, så en senere endring kunne avgjøre det annerledes uten å bryte noe løfte; funnet forteller om en slik forespørsel."
        next "Promise that what is denied never is permitted, or that what is permitted always is; if it should be decided otherwise, correct the policy."
        nb "Lov at det som avslås, aldri er tillatt, eller at det som tillates, alltid er det; skal det avgjøres annerledes, rett tilgangsregelen.";
    PolicyDead "policy-dead" Error [] "A policy changes no decision: a `permit` whose requests are all forbidden or never made, or a `forbid` of what nothing permits that does not say `@explains`."
        nb "En tilgangsregel endrer ingen avgjørelse: en `permit` der alt er forbudt eller aldri skjer, eller en `forbid` av det ingenting tillater, uten `@explains`."
        next "Take the policy away or correct it; a `forbid` that stands there for its sentence gets `@explains`."
        nb "Fjern tilgangsregelen eller rett den; en `forbid` som står der for setningen sin, får `@explains`.";
    PolicyErrs "policy-errs" Error [] "A policy or a promise cannot be worked out for every request."
        nb "En tilgangsregel eller et løfte kan ikke regnes ut for hver forespørsel."
        next "Ask `has` before an attribute that may be missing, and keep numbers within bounds."
        nb "Spør `has` før et attributt som kan mangle, og hold tall innenfor grenser.";
    NotProved "not-proved" Fatal [] "Something was not proved, because the solver is missing, ran out of time or does not know; that is never taken for a success."
        nb "Noe ble ikke bevist, fordi løseren mangler, brukte opp tiden eller ikke vet; det tas aldri som bestått."
        next "Install `cvc5` or name it with `--solver`, or give it more time with `--solver-seconds`."
        nb "Installer `cvc5` eller oppgi den med `--solver`, eller gi den mer tid med `--solver-seconds`.";
    PolicyCaseInvalid "policy-case-invalid" Error [] "A file of `policies/tests` that is not as a file of cases is; none of its cases shows anything."
        nb "En fil i `policies/tests` som ikke er slik en fil med testtilfeller er; ingen av testtilfellene i den viser noe."
        next "Correct what the finding names."
        nb "Rett det funnet nevner.";
    PolicyCaseBroken "policy-case-broken" Error [] "The policies answer a case of `policies/tests` otherwise than it expects."
        nb "Tilgangsreglene svarer på et testtilfelle i `policies/tests` på en annen måte enn det venter."
        next "Correct the policy, or the case if the rule itself has changed; `portvakt policy test` puts them all."
        nb "Rett tilgangsregelen, eller testtilfellet hvis selve regelen er endret; `portvakt policy test` prøver alle.";
    PolicyCasesMissing "policy-cases-missing" Error [] "There is no case in `policies/tests`, so nothing shows that the policies do what they are meant to."
        nb "Det finnes ikke noe testtilfelle i `policies/tests`, så ingenting viser at tilgangsreglene gjør det de skal."
        next "Write cases; `portvakt demo --prepare DIR` writes a tree that has some."
        nb "Skriv testtilfeller; `portvakt demo --prepare MAPPE` skriver filer som har noen.";
    PolicyUnformatted "policy-unformatted" Error [] "A file of `policies` is not formatted."
        nb "En fil i `policies` er ikke formatert."
        next "Run `portvakt policy fmt`; it changes no meaning and loses no comment."
        nb "Kjør `portvakt policy fmt`; den endrer ingen mening og mister ingen kommentar.";
    PolicyCasesGone "policy-cases-gone" Advice [] "The change takes cases out of `policies/tests`, or lets them ask or expect something else; what they showed is shown no longer."
        nb "Endringen tar testtilfeller ut av `policies/tests`, eller lar dem spørre om eller vente noe annet; det de viste, vises ikke lenger."
        next "Look at what they showed, and ask for a case that shows it still."
        nb "Se på hva de viste, og be om et testtilfelle som fortsatt viser det.";
    PolicyWithoutCase "policy-without-case" Advice [] "No case of `policies/tests` is decided by this policy."
        nb "Ingen testtilfeller i `policies/tests` avgjøres av denne tilgangsregelen."
        next "Write a case in which it decides."
        nb "Skriv et testtilfelle der den avgjør.";
    ConditionOneSided "condition-one-sided" Advice [] "A condition of a policy is true in every case of `policies/tests`, or in none."
        nb "Et vilkår i en tilgangsregel er sant i alle testtilfellene i `policies/tests`, eller i ingen."
        next "Write a case in which it is the other way round."
        nb "Skriv et testtilfelle der det er omvendt.";
    SettingsOrphan "settings-orphan" Error ["R2"] "A change of `register.yaml` takes something away, or gives it another id, that accepted accesses rest on; it cannot be released."
        nb "En endring av `register.yaml` fjerner noe, eller gir det en annen id, som godtatte tilganger bygger på; den kan ikke frigis."
        next "Put it back under the same id, or end the accesses first."
        nb "Legg det tilbake med samme id, eller avslutt tilgangene først.";
    AdoptedTaken "adopted-taken" Error ["R1" "R34"] "`accounts: adopt` names an account that is not open or belongs to another person; the change cannot be released."
        nb "`accounts: adopt` nevner en konto som ikke er åpen eller tilhører en annen person; endringen kan ikke frigis."
        next "Name an open account that is nobody's, or take the line out."
        nb "Oppgi en åpen konto som ikke er noens, eller ta bort linjen.";
    ProtectedChange "protected-change" Held ["R44"] "A change of `policies/`, `register.yaml`, the keys beside it or `.gitattributes` waits for the national administrators it takes."
        nb "En endring av `policies/`, `register.yaml`, nøklene ved siden av eller `.gitattributes` venter på de nasjonale administratorene som kreves."
        next "They look at it and sign with `portvakt approve --settings`, or release it on the host with `portvakt release`."
        nb "De ser på den og signerer med `portvakt approve --settings`, eller frigir den på maskinen med `portvakt release`.";
    ProofMissing "proof-missing" Held [] "Policies that are to be proved on this host are not proved here: what was accepted stays in force. Of a check it is advice, because only the host knows."
        nb "Tilgangsregler som skal bevises på denne maskinen, er ikke bevist her: det som er godtatt, gjelder fortsatt. I en kontroll er det et råd, for bare maskinen vet det."
        next "Run `portvakt release` with the digest of the change on the host: it makes the proof and remembers it."
        nb "Kjør `portvakt release` med endringens kontrollsum på maskinen: den lager beviset og husker det.";
    NotSigned "not-signed" Error [] "Something could not be signed, or its signature would not count."
        nb "Noe kunne ikke signeres, eller signaturen ville ikke telle."
        next "Mend what the message names and sign again."
        nb "Rett det meldingen nevner, og signer på nytt.";
    NotPermitted "not-permitted" Error ["R3"] "No policy lets this approver approve this."
        nb "Ingen tilgangsregel lar denne personen godkjenne dette."
        next "Let one of those the finding names look at the application and approve it."
        nb "La en av dem funnet nevner, se på søknaden og godkjenne den.";
    Forbidden "forbidden" Error [] "A policy forbids it, whoever approves."
        nb "En tilgangsregel forbyr det, uansett hvem som godkjenner."
        next "Change the entry so that the rule it names is kept."
        nb "Endre oppføringen slik at regelen den nevner, følges.";
    PolicyError "policy-error" Error ["R1"] "A policy could not be evaluated; that is a denial."
        nb "En tilgangsregel kunne ikke vurderes; det regnes som avslag."
        next "Tell those who keep the policies; nothing in the entry mends it."
        nb "Si fra til dem som vedlikeholder tilgangsreglene; det kan ikke rettes i oppføringen.";
    RefusalStands "refusal-stands" Error [] "Refused before; the same bytes and the same evidence are judged as they were."
        nb "Avvist før; samme innhold og samme bevis vurderes som sist."
        next "Change the entry or its approval, so that it is judged anew."
        nb "Endre oppføringen eller godkjenningen, så vurderes den på nytt.";
    ApprovalNotRenewed "approval-not-renewed" Error ["R37"] "Something approved was changed under the old approval."
        nb "Noe som var godkjent, er endret uten ny godkjenning."
        next "Have the change approved: a new `on`, and `by` if another approves."
        nb "Få endringen godkjent: ny `on`, og ny `by` om en annen godkjenner.";
    Unsigned "unsigned" Error ["R3" "R14"] "Nothing shows that the approver approved: there is no signature."
        nb "Ingenting viser at den som er oppgitt, har godkjent: det finnes ingen signatur."
        next "The approver signs with `portvakt approve FILE`."
        nb "Den som godkjenner, signerer med `portvakt approve FIL`.";
    PersonUnproven "person-unproven" Error ["R3" "R14"] "Nothing shows that an administrator approved what identifies a person: name, login or e-mail address."
        nb "Ingenting viser at en administrator har godkjent det som identifiserer en person: navn, innlogging eller e-postadresse."
        next "An administrator of one of the person's trusts signs with `portvakt approve FILE --person`, and never the person. Until then the register keeps what it has."
        nb "En administrator ved et av personens helseforetak signerer med `portvakt approve FIL --person`, og aldri personen selv. Inntil da beholder registeret det det har.";
    UnknownSigningKey "unknown-signing-key" Error ["R3" "R14"] "Signed with a key that is nobody's in `allowed_signers`."
        nb "Signert med en nøkkel som ikke tilhører noen i `allowed_signers`."
        next "Sign with a key that stands there, or have the key added first."
        nb "Signer med en nøkkel som står der, eller få nøkkelen lagt til først.";
    WrongNamespace "wrong-namespace" Error ["R3" "R14"] "Signed for another register or another purpose."
        nb "Signert for et annet register eller et annet formål."
        next "Sign with `portvakt approve`, which names the register."
        nb "Signer med `portvakt approve`, som nevner registeret.";
    OutsideValidity "key-outside-validity" Error ["R3" "R14"] "Signed with a key that does not count on that day."
        nb "Signert med en nøkkel som ikke gjelder den dagen."
        next "Sign with a key that counts, or have its days extended."
        nb "Signer med en nøkkel som gjelder, eller få dagene forlenget.";
    RevokedKey "key-revoked" Error ["R3" "R44"] "Signed with a key that has been revoked."
        nb "Signert med en nøkkel som er trukket tilbake."
        next "Sign with another key."
        nb "Signer med en annen nøkkel.";
    SignedSomethingElse "signed-something-else" Error ["R3" "R14"] "There is a signature, and it is over other words than those of the entry."
        nb "Det finnes en signatur, men den gjelder noe annet enn det som står i oppføringen."
        next "The approver signs the entry as it is now."
        nb "Den som godkjenner, signerer oppføringen slik den er nå.";
    StatementTooOld "statement-too-old" Error ["R14"] "Approved more than 31 days ago."
        nb "Godkjent for mer enn 31 dager siden."
        next "Approve it anew, with today's date; where signatures are the evidence, sign again."
        nb "Godkjenn på nytt, med dagens dato; der signaturer er beviset, signer igjen.";
    StatementUsed "statement-used" Error ["R33"] "The approval has served before; another has taken its place since."
        nb "Godkjenningen er brukt før; en annen har tatt dens plass siden."
        next "Approve it anew, with a date of its own."
        nb "Godkjenn på nytt, med egen dato.";
    AnotherSigner "another-signer" Error ["R3" "R14"] "The signer is not the approver who is named."
        nb "Den som har signert, er ikke den som er oppgitt som godkjenner."
        next "The person who is named signs, or another approver is named and signs."
        nb "Den som er oppgitt, signerer, eller en annen oppgis og signerer.";
    NotReviewed "not-reviewed" Error ["R3" "R14"] "The forge knows of no approval of exactly these bytes by the approver who is named."
        nb "Kodeplattformen kjenner ingen godkjenning av nettopp dette innholdet fra den som er oppgitt."
        next "The approver approves the merge request as it stands now."
        nb "Den som godkjenner, godkjenner endringsforslaget slik det står nå.";
    ForgeUnreachable "forge-unreachable" Advice ["R14"] "The forge could not be asked who approved; what is new waits, and nothing is taken away."
        nb "Kodeplattformen kunne ikke spørres om hvem som har godkjent; det som er nytt, venter, og ingenting fjernes."
        next "Mend what the message names; the next pass asks again."
        nb "Rett det meldingen nevner; neste gjennomgang spør igjen.";
    SignatureMalformed "signature-malformed" Advice [] "Something in a file of signatures is no signature that could count."
        nb "Noe i en signaturfil er ingen signatur som kan telle."
        next "Take the lines out, or sign again with `portvakt approve`."
        nb "Ta bort linjene, eller signer på nytt med `portvakt approve`.";
    EvidenceDeclared "evidence-declared" Advice ["R14"] "The register takes approvals as they are written: nothing shows that anybody approved."
        nb "Registeret tar godkjenninger slik de er skrevet: ingenting viser at noen har godkjent."
        next "Write `evidence: signature` in `register.yaml` before real people have access by it."
        nb "Skriv `evidence: signature` i `register.yaml` før virkelige personer får tilgang med det.";
    EvidenceUnseen "evidence-unseen" Advice ["R14"] "Whether approvals are evidenced is judged with a base."
        nb "Om godkjenninger er bevist, vurderes mot et grunnlag."
        next "Check with `--base`."
        nb "Kontroller med `--base`.";
    ApprovalInFuture "approval-in-future" Error ["R14"] "The approval is dated after today."
        nb "Godkjenningen er datert etter i dag."
        next "Write the day on which the application was looked at."
        nb "Skriv dagen da søknaden ble sett på.";
    ApproverNotInOffice "approver-not-in-office" Advice ["R3"] "The approver is not in office today; whether they were then cannot be judged without a base."
        nb "Den som godkjente, er ikke brukeradministrator i dag; om vedkommende var det da, kan ikke vurderes uten et grunnlag."
        next "Check the name; `portvakt check --base` judges it by what was accepted before."
        nb "Kontroller navnet; `portvakt check --base` vurderer det ut fra det som er godtatt før.";
    Advice "advice" Advice [] "A policy gives advice; nothing is refused."
        nb "En tilgangsregel gir råd; ingenting avvises."
        next "Consider what it says."
        nb "Vurder det den sier.";
    EndsSoon "ends-soon" Advice ["R37"] "An access ends within 14 days."
        nb "En tilgang slutter innen 14 dager."
        next "If it is needed longer, have a later `until` approved."
        nb "Trengs den lenger, få godkjent en senere `until`.";
    ReviewDueSoon "review-due-soon" Advice ["R36"] "The review of a trust's user list is due within 14 days."
        nb "Kontrollen av brukerlisten ved et helseforetak skal være gjort innen 14 dager."
        next "Make the list with `portvakt review start`, answer every row and sign it."
        nb "Lag listen med `portvakt review start`, svar på hver rad og signer.";
    ReviewOverdue "review-overdue" Advice ["R36"] "The day for the review of a trust's user list has passed."
        nb "Fristen for kontrollen av brukerlisten ved et helseforetak er ute."
        next "Review the list; nothing is taken away meanwhile."
        nb "Kontroller listen; ingenting fjernes i mellomtiden.";
    ReviewEscalated "review-escalated" Advice ["R36"] "The review of a trust's user list is overdue by more than a month; new access and extensions there wait."
        nb "Kontrollen av brukerlisten ved et helseforetak er mer enn en måned over fristen; nye og forlengede tilganger der venter."
        next "Review the list; the register leader and the national coordinator may give access meanwhile."
        nb "Kontroller listen; registerleder og nasjonal registerkoordinator kan gi tilgang i mellomtiden.";
    ReviewUnread "review-unread" Error ["R36"] "Something in `reviews` that is no plain file in its place, or that kept changing; it counts as no new review."
        nb "Noe i `reviews` som ikke er en vanlig fil på sin plass, eller som stadig ble endret; det teller ikke som en ny kontroll."
        next_of RejectionsUnread;
    ReviewOwnRow "review-own-row" Error ["R36" "R42"] "Somebody has answered at their own access in a review."
        nb "Noen har svart på sin egen tilgang i en kontroll."
        next "Let one of the people whom the finding names answer that row and sign the review too."
        nb "La en av dem som funnet nevner, svare på raden og signere kontrollen også.";
    ReviewerNotEntitled "reviewer-not-entitled" Error ["R36"] "A row of a review is answered by somebody who may not review that list."
        nb "En rad i en kontroll er besvart av noen som ikke kan kontrollere listen."
        next "Let one of the people whom the finding names answer it, or have them name a delegate."
        nb "La en av dem som funnet nevner, svare, eller la dem oppgi en stedfortreder.";
    ReviewUnsigned "review-unsigned" Error ["R36"] "Nothing shows that the reviewer who is named has reviewed the list as it stands."
        nb "Ingenting viser at den som er oppgitt, har kontrollert listen slik den er."
        next "Have the list signed anew by that person, or take the line out."
        nb "Få listen signert på nytt av personen, eller ta ut linjen.";
    ReviewIncomplete "review-incomplete" Advice ["R36"] "A review is signed and does not count yet: rows are without an answer, or accesses are missing from the list."
        nb "En kontroll er signert og teller ikke ennå: rader mangler svar, eller tilganger mangler i listen."
        next "Answer every row; silence is no approval."
        nb "Svar på hver rad; taushet er ingen godkjenning.";
    ReviewAnswersOpen "review-answers-open" Advice ["R36"] "A review says that accesses shall end or change, and the files do not say so yet."
        nb "En kontroll sier at tilganger skal avsluttes eller endres, og filene sier det ikke ennå."
        next "Change the persons' files as the answers say."
        nb "Endre personfilene slik svarene sier.";
    RevokerNotEntitled "revoker-not-entitled" Advice ["R45"] "Taken back by somebody who is no administrator here; it acts all the same."
        nb "Trukket tilbake av noen som ikke er administrator her; det virker likevel."
        next "An administrator of the unit looks at whether it was right."
        nb "En administrator for enheten ser etter om det var riktig.";
    RevokedAhead "revoked-ahead" Advice ["R45"] "`revoked` is dated after today; it acts at once all the same."
        nb "`revoked` er datert etter i dag; det virker straks likevel."
        next "Nothing, if the access is to end now; one that is to end later has `until` instead."
        nb "Ingenting, om tilgangen skal opphøre nå; skal den opphøre senere, skrives `until` i stedet.";
    GivesNothing "gives-nothing" Advice ["R33"] "An entry was over before it began to count: it gives nothing, and its request is spent."
        nb "En oppføring var over før den begynte å gjelde: den gir ingenting, og søknaden er brukt."
        next "Correct the dates before it is accepted, or take the entry out; after that a new application is needed."
        nb "Rett datoene før den blir godtatt, eller ta oppføringen ut; etterpå trengs ny søknad.";
    FileHeld "file-held" Advice [] "What was accepted for this file before stays in force."
        nb "Det som er godtatt for denne filen før, gjelder fortsatt."
        next "Mend what is wrong in the file or its folder."
        nb "Rett det som er galt i filen eller mappen.";
    WaitingToLast "waiting-to-last" Advice ["R30"] "Something is gone from the tree; it counts when it has been gone long enough."
        nb "Noe er borte fra filene; det teller når det har vært borte lenge nok."
        next "Nothing, if it was meant; put it back if it was not."
        nb "Ingenting, om det var meningen; legg det tilbake om det ikke var det.";
    RemovalsHeld "removals-held" Held ["R1"] "More people would lose access than the budget allows."
        nb "Flere personer ville miste tilgang enn grensen tillater."
        next "Look at `portvakt plan`; if all are right, two national administrators release them."
        nb "Se på `portvakt plan`; er alt riktig, frigir to nasjonale administratorer fjerningene.";
    AdditionsHeld "additions-held" Held ["R1"] "More people would be given access than the budget allows."
        nb "Flere personer ville få tilgang enn grensen tillater."
        next "Look at `portvakt plan`; if all are right, two national administrators release them."
        nb "Se på `portvakt plan`; er alt riktig, frigir to nasjonale administratorer tilgangene.";
    LossWithheld "loss-withheld" Held ["R2"] "Something is missing from the files and is not taken for taken out: an error, a file that was moved, one that comes and goes, or an older copy of the files stands in its way."
        nb "Noe mangler i filene og regnes ikke som fjernet: en feil, en flyttet fil, en som kommer og går, eller en eldre kopi av filene står i veien."
        next "Mend the file the finding names; if the access is to end, two national administrators release it."
        nb "Rett filen funnet nevner; skal tilgangen opphøre, frigir to nasjonale administratorer det.";
    LastAdministrators "last-administrators" Error ["R44"] "Fewer than two national administrators with authority would be left; without two nothing that is held can be released."
        nb "Færre enn to nasjonale administratorer med myndighet ville være igjen; uten to kan ingenting som holdes tilbake, frigis."
        next "Appoint a successor first."
        nb "Utnevn en etterfølger først.";
    ClockSuspect "clock-suspect" Advice ["R30"] "The clock has jumped; nothing begins by it, new approvals wait and end dates count against the removal budget until somebody confirms the date."
        nb "Klokken har hoppet; ingenting begynner etter den, nye godkjenninger venter og sluttdatoer teller mot grensen for fjerninger til noen bekrefter datoen."
        next "Set the clock right, then confirm the date with `portvakt confirm-date`."
        nb "Still klokken, og bekreft datoen med `portvakt confirm-date`.";
    Drift "drift" Advice ["R1" "R2"] "The store was changed by hand."
        nb "Registeret er endret for hånd."
        next "Change the file instead; the store is put right by itself."
        nb "Endre filen i stedet; registeret rettes av seg selv.";
    ClosedByHand "closed-by-hand" Error ["R34"] "An account was closed in the store although its access stands; it is not opened again."
        nb "En konto er stengt i registeret selv om tilgangen står; den åpnes ikke igjen."
        next "Confirm it with `revoked` at the entry, or send a new application."
        nb "Bekreft det med `revoked` i oppføringen, eller send en ny søknad.";
    UnknownAccount "unknown-account" Advice ["R1"] "An account of the store that no file names."
        nb "En konto i registeret som ingen fil nevner."
        next "Adopt or ignore it in `register.yaml`, or let it be closed."
        nb "Adopter eller ignorer den i `register.yaml`, eller la den bli stengt.";
    StepFailed "step-failed" Fatal ["R32"] "A step of the plan did not succeed; it is tried again."
        nb "Et steg i planen lyktes ikke; det prøves igjen."
        next "Mend what the message names; what is done stays done."
        nb "Rett det meldingen nevner; det som er gjort, forblir gjort.";
    ReportsUnavailable "reports-unavailable" Fatal ["R40"] "Rapporteket's database cannot be read or written; what is to end there is written down and tried again."
        nb "Databasen til Rapporteket kan ikke leses eller skrives; det som skal avsluttes der, er skrevet ned og prøves igjen."
        next "Mend what the message names; access in the register is taken away all the same."
        nb "Rett det meldingen nevner; tilgang i registeret fjernes uansett.";
    ReportsOwed "reports-owed" Fatal ["R40" "R41"] "An account has lost access, and its reports in Rapporteket have not ended yet; they are tried again."
        nb "En konto har mistet tilgang, og rapportene i Rapporteket er ikke avsluttet ennå; det prøves igjen."
        next "Mend what the message names; nothing has to be done again."
        nb "Rett det meldingen nevner; ingenting må gjøres på nytt.";
    ReportOwnerUnknown "report-owner-unknown" Advice ["R40"] "Rapporteket sends reports for an owner who is nobody in the register; this program ends none of them."
        nb "Rapporteket sender rapporter for en eier som ikke finnes i registeret; dette programmet avslutter ingen av dem."
        next "End the reports in Rapporteket, or correct their owner."
        nb "Avslutt rapportene i Rapporteket, eller rett eieren.";
    ReportUnclear "report-unclear" Advice ["R40"] "A report in Rapporteket does not say for which unit and role it was made, or for whom, or its recipients cannot be read; it stands while its owner has access."
        nb "En rapport i Rapporteket sier ikke hvilken enhet og rolle den gjelder, eller for hvem, eller mottakerne kan ikke leses; den består så lenge eieren har tilgang."
        next "Make it anew in Rapporteket, or name its parameters in the file of `--reports-map`."
        nb "Opprett den på nytt i Rapporteket, eller oppgi parameterne i filen til `--reports-map`.";
    OwnersStale "owners-stale" Advice [] "CODEOWNERS does not say who may approve today."
        nb "CODEOWNERS sier ikke hvem som kan godkjenne i dag."
        next "Run `portvakt owners --write` and send the file along with the change."
        nb "Kjør `portvakt owners --write`, og send filen med endringen.";
    OwnerWithoutHandle "owner-without-handle" Advice [] "Somebody who may approve has no name on the forge in `register.yaml`, and is left out of CODEOWNERS."
        nb "Noen som kan godkjenne, har ikke noe navn på kodeplattformen i `register.yaml`, og står ikke i CODEOWNERS."
        next "Add the person under `code_owners` in `register.yaml`."
        nb "Legg personen til under `code_owners` i `register.yaml`.";
    WouldBeDenied "would-be-denied" Advice [] "Stands, but would be denied by the policies now in force."
        nb "Gjelder, men ville blitt avslått av tilgangsreglene som gjelder nå."
        next "Decide whether it shall stay; nothing happens by itself."
        nb "Avgjør om den skal bestå; ingenting skjer av seg selv.";
    WouldBePermitted "would-be-permitted" Advice [] "Is denied by the rules in force, and would be permitted by the changed ones."
        nb "Avslås av reglene som gjelder, og ville vært tillatt av de endrede."
        next "If that is not meant, correct the change. By itself it gives nothing: what was refused is judged again when its entry or its evidence changes."
        nb "Er det ikke meningen, rett endringen. Alene gir den ingenting: det som er avslått, vurderes på nytt når oppføringen eller beviset for den endres.";
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}
