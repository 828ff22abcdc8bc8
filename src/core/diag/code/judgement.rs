//! Findings about the judgement of an entry: what the policies say, and whether a signature or the forge shows that the
//! approver approved. They stand together because each is an answer to one request.

macro_rules! codes_of_judgement {
    ([$next:ident $($later:ident)*] $($before:tt)*) => {
        $next! {
            [$($later)*] $($before)*
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
            ApproverNotActive "approver-not-active" Advice ["R14"] "An approval on the forge does not count, because the account is not active there, or may not be."
                nb "En godkjenning på kodeplattformen teller ikke, fordi kontoen ikke er aktiv der, eller kanskje ikke er det."
                next "Somebody whose account is active approves the change."
                nb "En som har en aktiv konto, godkjenner endringen.";
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
            StartMoved "start-moved" Error [] "The start of an access that has begun is moved to a day to come: it would be gone until then."
                nb "Starten på en tilgang som har begynt, er flyttet til en dag som kommer: til da ville den være borte."
                next "Write the start that was accepted. What begins on a later day has an application of its own."
                nb "Skriv starten som ble godtatt. Det som begynner en senere dag, har sin egen søknad.";
            ApproverNotInOffice "approver-not-in-office" Advice ["R3"] "The approver is not in office today; whether they were then cannot be judged without a base."
                nb "Den som godkjente, er ikke brukeradministrator i dag; om vedkommende var det da, kan ikke vurderes uten et grunnlag."
                next "Check the name; `portvakt check --base` judges it by what was accepted before."
                nb "Kontroller navnet; `portvakt check --base` vurderer det ut fra det som er godtatt før.";
            Advice "advice" Advice [] "A policy gives advice; nothing is refused."
                nb "En tilgangsregel gir råd; ingenting avvises."
                next "Consider what it says."
                nb "Vurder det den sier.";
        }
    };
}
