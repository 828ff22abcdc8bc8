//! Findings about what is read and what is remembered: the source of the files, its commits and its target, the store,
//! the ledger and the memory. They stand together because every judgement rests on these.

macro_rules! codes_of_source {
    ([$next:ident $($later:ident)*] $($before:tt)*) => {
        $next! {
            [$($later)*] $($before)*
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
            RoleLeft "role-left" Advice ["R41"] "A closed account still has a role in the register's service that is no right of the register."
                nb "En lukket konto har fortsatt en rolle i tjenesten til registeret som ikke er en rettighet i registeret."
                next "Have those who run the service take the role from the account; it is told until it is gone."
                nb "La dem som drifter tjenesten, ta rollen fra kontoen; det meldes til den er borte.";
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
                next "Run `portvakt send`, or do the task once more, where commands write the files that the finding names; otherwise merge the target branch into the change and settle them."
                nb "Kjør `portvakt send`, eller gjør oppgaven en gang til, der kommandoer skriver filene som funnet nevner; ellers flett målgrenen inn i endringen, og rett dem opp.";
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
            BeforeTheRecord "before-the-record" Error ["R36"] "The record begins later than the day that was asked for, or its times of that day are borrowed; what stood then cannot be known from it."
                nb "Protokollen begynner senere enn dagen det ble spurt om, eller tidene for den dagen er lånt; hva som gjaldt da, kan ikke leses av den."
                next "Ask for a day that the record knows, such as the one that is named; for others look in the papers of that time."
                nb "Spør om en dag som protokollen kjenner, for eksempel den som er nevnt; for andre må dere se i datidens papirer.";
        }
    };
}
