//! Finds tags, which would change the meaning of a value.

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_yaml::{Spanned, Tagged};

use crate::parse::span::Span;

/// The places of the values that have tags.
pub(super) struct Tags(pub(super) Vec<Span>);

impl<'de> Deserialize<'de> for Tags {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Spanned { value: Tagged(Inside(mut spans), tag), defined, .. } =
            Spanned::<Tagged<Inside>>::deserialize(deserializer)?;
        if tag.is_some() {
            let start =
                usize::try_from(defined.span().byte_offset().unwrap_or_default()).unwrap_or(usize::MAX);
            spans.push(Span::new(start, start.saturating_add(1)));
        }
        Ok(Self(spans))
    }
}

struct Inside(Vec<Span>);

impl<'de> Deserialize<'de> for Inside {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InsideVisitor;

        macro_rules! nothing {
            ($($name:ident $kind:ty),*) => {
                $(fn $name<E>(self, _: $kind) -> Result<Inside, E> { Ok(Inside(Vec::new())) })*
            };
        }

        impl<'de> Visitor<'de> for InsideVisitor {
            type Value = Inside;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a value")
            }

            nothing! { visit_bool bool, visit_i64 i64, visit_u64 u64, visit_f64 f64, visit_str &str }

            fn visit_unit<E>(self) -> Result<Inside, E> {
                Ok(Inside(Vec::new()))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Inside, A::Error> {
                let mut spans = Vec::new();
                while let Some(Tags(more)) = seq.next_element()? {
                    spans.extend(more);
                }
                Ok(Inside(spans))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Inside, A::Error> {
                let mut spans = Vec::new();
                while let Some(Tags(more)) = map.next_key()? {
                    spans.extend(more);
                    let Tags(more) = map.next_value()?;
                    spans.extend(more);
                }
                Ok(Inside(spans))
            }
        }

        deserializer.deserialize_any(InsideVisitor)
    }
}
