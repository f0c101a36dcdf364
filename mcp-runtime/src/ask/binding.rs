//! Binding of the state of a call: it is valid for the same call only.

use mcp_core::jsonrpc::Raw;
use mcp_core::method::Method;
use sha2::{Digest as _, Sha256};

use crate::context::exchange::{Exchange, MethodName};
use crate::context::host::Host;
use crate::context::principal::Principal;

/// Identity of the call that a state belongs to.
pub(crate) struct Binding {
    /// The method, or its name if it does not support questions.
    pub(crate) method: Result<Method, MethodName>,
    /// Server, principal, method, name and arguments, in an unambiguous encoding.
    bytes: Vec<u8>,
}

impl Binding {
    /// Reads the binding from a request.
    pub(crate) fn of(host: &dyn Host, exchange: &Exchange) -> Self {
        let params = exchange.params();
        let member = |key| params.and_then(|params: Raw<'_>| params.member(key));
        let known = exchange.method.protocol();
        // Only the member that selects the handler; others may be present.
        let name = known.and_then(Method::subject).and_then(member);
        let name = name.and_then(Raw::string).unwrap_or_default();
        let principal = exchange.origin.principal.as_deref();
        let identity = principal.map(Principal::identity).unwrap_or_default();
        let mut bytes = Vec::with_capacity(128);
        append(&mut bytes, host.name().as_bytes());
        for part in [identity.subject, identity.issuer, identity.client_id] {
            append(&mut bytes, if part.is_some() { b"known" } else { b"absent" });
            append(&mut bytes, part.unwrap_or_default().as_bytes());
        }
        append(&mut bytes, exchange.method.as_str().as_bytes());
        append(&mut bytes, name.as_bytes());
        append(&mut bytes, &digest(member("arguments")));
        let asks = known.filter(|method| method.may_ask());
        Self { method: asks.ok_or_else(|| exchange.method.clone()), bytes }
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }
}

/// Appends a part with its length, so that the encoding is unambiguous.
fn append(out: &mut Vec<u8>, part: &[u8]) {
    out.extend_from_slice(&(part.len() as u64).to_le_bytes());
    out.extend_from_slice(part);
}

/// Hashes arguments. The order of members does not count: some clients parse a request into maps
/// before they send it again.
pub(super) fn digest(arguments: Option<Raw<'_>>) -> [u8; 32] {
    let mut hash = Sha256::new();
    // Absent, null and empty arguments are equivalent.
    let arguments = arguments.filter(|arguments| arguments.as_str() != "null");
    if let Some(arguments) = arguments.filter(|it| it.members().next().is_some()) {
        write(&mut hash, arguments);
    }
    hash.finalize().into()
}

/// Hashes a value. Its depth is limited by the decoder.
fn write(hash: &mut Sha256, value: Raw<'_>) {
    match value.as_str().as_bytes().first() {
        Some(b'{') => {
            let mut members: Vec<_> = value.members().collect();
            members.sort_by(|(one, _), (other, _)| one.cmp(other));
            hash.update(b"{");
            hash.update((members.len() as u64).to_le_bytes());
            for (key, value) in members {
                write_text(hash, &key);
                write(hash, value);
            }
        }
        Some(b'[') => {
            hash.update(b"[");
            hash.update((value.elements().count() as u64).to_le_bytes());
            value.elements().for_each(|element| write(hash, element));
        }
        Some(b'"') => write_text(hash, &value.string().unwrap_or_default()),
        _ => {
            hash.update(b"#");
            write_text(hash, value.as_str());
        }
    }
}

fn write_text(hash: &mut Sha256, text: &str) {
    hash.update(b"\"");
    hash.update((text.len() as u64).to_le_bytes());
    hash.update(text);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(one: &str, other: &str, same: bool) {
        let of = |text| digest(Some(Raw::from_accepted(text)));
        assert_eq!(of(one) == of(other), same, "{one} {other}");
    }

    #[test]
    fn arguments_are_the_same_in_any_order_and_spelling() {
        check(r#"{"a":1,"b":[{"c":2,"d":3}]}"#, r#"{ "b": [{"d":3,"c":2}], "a": 1 }"#, true);
        check(r#"{"a":"\u0041"}"#, r#"{"a":"A"}"#, true);
        check("{}", "null", true);
        check(r#"{"a":1}"#, r#"{"a":"1"}"#, false);
        check(r#"{"a":[1,2]}"#, r#"{"a":[2,1]}"#, false);
        check(r#"{"a":{"b":1},"c":1}"#, r#"{"a":{"b":1,"c":1}}"#, false);
        check(r#"{"a":null}"#, "{}", false);
        check(r#"{"a":["b","c"]}"#, r#"{"a":["bc"]}"#, false);
        check(r#"{"a":123456789012345678901}"#, r#"{"a":123456789012345678902}"#, false);
    }
}
