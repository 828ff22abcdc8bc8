//! A YAML document as a tree in which every value knows its place.
//!
//! The file is first read into a tree and then judged. In this way one run reports every problem of a file, and a
//! wrong entry does not affect the others. A typed reader would stop at the first error. Scalars are kept as they are
//! written, so `0100`, `1e3` and `no` are never converted.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_yaml::Spanned;

use super::span::Span;

/// One value and its place.
#[derive(Debug)]
pub(crate) struct Node<'a> {
    pub(crate) value: Value<'a>,
    pub(crate) span: Span,
}

/// The kinds of values.
#[derive(Debug)]
pub(crate) enum Value<'a> {
    /// The value is missing, `~` or `null`.
    Null,
    /// A scalar as it is written.
    Text(Cow<'a, str>),
    /// A number, `true` or `false` without quotation marks. Its text is the text at its span.
    Bare,
    /// A mapping, in the order of the file. It may have the same key twice.
    Map(Vec<KeyValue<'a>>),
    /// A list, in the order of the file.
    List(Vec<Node<'a>>),
}

/// A key and its value.
#[derive(Debug)]
pub(crate) struct KeyValue<'a> {
    pub(crate) key: Cow<'a, str>,
    pub(crate) node: Node<'a>,
}

impl<'de> Deserialize<'de> for Node<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let read = Spanned::<Value<'de>>::deserialize(deserializer)?;
        let span = read.defined.span();
        let start = usize::try_from(span.byte_offset().unwrap_or_default()).unwrap_or(usize::MAX);
        let length = usize::try_from(span.byte_len().unwrap_or_default()).unwrap_or_default();
        Ok(Self { value: read.value, span: Span::new(start, start.saturating_add(length)) })
    }
}

impl<'de> Deserialize<'de> for Value<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Any)
    }
}

struct Any;

impl<'de> Visitor<'de> for Any {
    type Value = Value<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Value::Null)
    }

    fn visit_none<E>(self) -> Result<Self::Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(Value::Bare)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
        Ok(Value::Bare)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
        Ok(Value::Bare)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
        Ok(Value::Bare)
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Value::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Value::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_string<E>(self, text: String) -> Result<Self::Value, E> {
        Ok(Value::Text(Cow::Owned(text)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut nodes = Vec::new();
        while let Some(node) = seq.next_element()? {
            nodes.push(node);
        }
        Ok(Value::List(nodes))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut pairs = Vec::with_capacity(8);
        while let Some(WrittenKey(key)) = map.next_key()? {
            pairs.push(KeyValue { key, node: map.next_value()? });
        }
        Ok(Value::Map(pairs))
    }
}

/// A key as it is written.
struct WrittenKey<'a>(Cow<'a, str>);

impl<'de> Deserialize<'de> for WrittenKey<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(KeyText).map(Self)
    }
}

struct KeyText;

impl<'de> Visitor<'de> for KeyText {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(text))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(text.to_owned()))
    }

    fn visit_string<E>(self, text: String) -> Result<Self::Value, E> {
        Ok(Cow::Owned(text))
    }
}
