//! Findings about the settings: `register.yaml`, the keys, the policies with their promises and cases, and a change of
//! them. They stand together because the national administrators answer for them, and the writer of a person's file
//! does not.

macro_rules! codes_of_settings {
    ([$next:ident $($later:ident)*] $($before:tt)*) => {
        $next! {
            [$($later)*] $($before)*
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
        }
    };
}
