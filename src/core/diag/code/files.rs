//! Findings about the files themselves: odd paths, what cannot be read, wrong values, applications, and the ids and
//! other marks of people. They stand together because the person who wrote the file corrects them there.

macro_rules! codes_of_files {
    ([$next:ident $($later:ident)*] $($before:tt)*) => {
        $next! {
            [$($later)*] $($before)*
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
                next "The person sends a new application, and the entry names that number; if the rejection was wrong, `portvakt reject --undo` takes it out."
                nb "Personen sender en ny søknad, og oppføringen nevner det nummeret; var avvisningen feil, tar `portvakt reject --undo` den ut.";
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
        }
    };
}
