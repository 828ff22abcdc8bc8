//! Findings about what a pass does: what acts, what is held by a budget or a loss, the store and Rapporteket, and what
//! other policies would have decided. They stand together because a pass tells them of its own work.

macro_rules! codes_of_passes {
    ([$next:ident $($later:ident)*] $($before:tt)*) => {
        $next! {
            [$($later)*] $($before)*
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
            WaitingToLast "waiting-to-last" Advice ["R30"] "Something is gone from the tree, or has an earlier end there; it counts when that has lasted long enough."
                nb "Noe er borte fra filene, eller har en tidligere slutt der; det teller når det har vart lenge nok."
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
    };
}
