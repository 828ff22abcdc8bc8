//! Findings about what is due on a day: accesses that end soon, and the reviews of the user lists. They stand together
//! because they come with time, and not with a change of a file.

macro_rules! codes_of_reviews {
    ([$next:ident $($later:ident)*] $($before:tt)*) => {
        $next! {
            [$($later)*] $($before)*
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
        }
    };
}
