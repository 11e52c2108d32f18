//! Who a visitor is: the token that the server gives, and the token by which a client company
//! vouches for its own customer.

use std::time::Duration;

use domain::{AttachmentId, ClientId, CustomerId, Timestamp, WidgetId};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode};
use serde::{Deserialize, Serialize};

/// How long a visitor token lasts; it is renewed at each `hello`.
const VISITOR_LASTS: Duration = Duration::from_secs(24 * 3600);

/// The furthest end of an identity token that is accepted.
const IDENTITY_LASTS_MAX: Duration = Duration::from_secs(24 * 3600);

/// How long the address of a file works.
const FILE_LASTS: Duration = Duration::from_secs(24 * 3600);

/// Clocks of client companies may differ from ours by this much.
const LEEWAY: Duration = Duration::from_secs(60);

/// Signs and reads visitor tokens with the server's own secret.
#[derive(Clone)]
pub struct VisitorTokens {
    encode: EncodingKey,
    decode: DecodingKey,
}

/// A visitor of a widget.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Visitor {
    /// The customer behind it; a record exists once the first conversation began.
    pub customer: CustomerId,
    /// The widget's client.
    pub client: ClientId,
    /// The widget.
    pub widget: WidgetId,
    /// The client company has vouched for this customer.
    pub verified: bool,
    /// End, in seconds since the epoch.
    exp: i64,
}

/// What the address of a file says.
#[derive(Serialize, Deserialize)]
struct FileToken {
    client: ClientId,
    file: AttachmentId,
    exp: i64,
}

/// A customer that a client company vouches for.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Identity {
    /// The client company's own id of the customer.
    pub sub: String,
    /// Name.
    #[serde(default)]
    pub name: Option<String>,
    /// Mail address.
    #[serde(default)]
    pub email: Option<String>,
    exp: i64,
}

/// Why an identity token was not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdentityError {
    /// Wrong signature, not HS256, or not a JWT.
    #[error("the identity token is not signed with this widget's secret (HS256)")]
    Signature,
    /// Its end has passed.
    #[error("the identity token has expired")]
    Expired,
    /// Its end is missing or too far away.
    #[error("the identity token must end (`exp`) within 24 hours")]
    TooLong,
    /// It names nobody.
    #[error("the identity token names no customer (`sub`)")]
    Nobody,
}

impl VisitorTokens {
    /// With the server's secret of at least 32 bytes.
    pub fn new(secret: &[u8]) -> Self {
        Self { encode: EncodingKey::from_secret(secret), decode: DecodingKey::from_secret(secret) }
    }

    /// A visitor as of `now`.
    pub fn visitor(
        customer: CustomerId,
        client: ClientId,
        widget: WidgetId,
        verified: bool,
        now: Timestamp,
    ) -> Visitor {
        Visitor { customer, client, widget, verified, exp: seconds(now + VISITOR_LASTS) }
    }

    /// An address under which a file may be fetched for a day, by whoever has it.
    pub fn file_url(&self, client: ClientId, file: AttachmentId, now: Timestamp) -> String {
        let claims = FileToken { client, file, exp: seconds(now + FILE_LASTS) };
        match encode(&Header::new(Algorithm::HS256), &claims, &self.encode) {
            Ok(token) => format!("/widget/v1/files/{token}"),
            Err(error) => {
                tracing::error!("a file's address cannot be signed: {error}");
                String::new()
            }
        }
    }

    /// The file of such an address, if it is ours and not over.
    pub fn read_file(&self, token: &str, now: Timestamp) -> Option<(ClientId, AttachmentId)> {
        let claims = decode::<FileToken>(token, &self.decode, &unchecked()).ok()?.claims;
        (claims.exp > seconds(now)).then_some((claims.client, claims.file))
    }

    /// The token of a visitor.
    ///
    /// # Errors
    /// When the signature cannot be made, which the key's type rules out in practice.
    pub fn issue(&self, visitor: &Visitor) -> Result<String, jsonwebtoken::errors::Error> {
        encode(&Header::new(Algorithm::HS256), visitor, &self.encode)
    }

    /// The visitor of a token that is ours, not over, and of this widget; `None` otherwise, and the
    /// visitor begins anew.
    pub fn read(&self, token: &str, widget: WidgetId, now: Timestamp) -> Option<Visitor> {
        let visitor = decode::<Visitor>(token, &self.decode, &unchecked()).ok()?.claims;
        (visitor.exp > seconds(now) && visitor.widget == widget).then_some(visitor)
    }
}

/// Reads the token by which a client company vouches for its customer.
///
/// # Errors
/// [`IdentityError`]; the visitor then stays unverified and never reads a known customer's record.
pub fn read_identity(
    token: &str,
    secret: &[u8],
    now: Timestamp,
) -> Result<Identity, IdentityError> {
    // An algorithm that is none of ours, `none` above all, cannot even be read.
    jsonwebtoken::decode_header(token).map_err(|_| IdentityError::Signature)?;
    let identity = decode::<Identity>(token, &DecodingKey::from_secret(secret), &unchecked())
        .map_err(|error| match error.kind() {
            jsonwebtoken::errors::ErrorKind::Json(_) => IdentityError::TooLong,
            _ => IdentityError::Signature,
        })?
        .claims;
    if identity.exp <= seconds(now - LEEWAY) {
        return Err(IdentityError::Expired);
    }
    if identity.exp > seconds(now + IDENTITY_LASTS_MAX + LEEWAY) {
        return Err(IdentityError::TooLong);
    }
    if identity.sub.is_empty() || identity.sub.len() > 200 {
        return Err(IdentityError::Nobody);
    }
    Ok(identity)
}

/// Ends are checked against the server's clock by us, not against the machine's by the library.
fn unchecked() -> Validation {
    let mut validation = Validation::new(Algorithm::HS256);
    validation.validate_exp = false;
    validation.required_spec_claims.clear();
    validation
}

fn seconds(at: Timestamp) -> i64 {
    at.micros().div_euclid(1_000_000)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);

    fn signed(claims: &serde_json::Value, secret: &[u8], algorithm: Algorithm) -> String {
        encode(&Header::new(algorithm), claims, &EncodingKey::from_secret(secret)).unwrap()
    }

    #[test]
    fn an_identity_is_accepted_only_when_signed_ending_soon_and_naming_somebody() {
        let at = |secs: i64| 1_800_000_000 + secs;
        for (claims, secret, algorithm, want) in [
            (json!({"sub": "42", "exp": at(600)}), "right", Algorithm::HS256, None),
            (
                json!({"sub": "42", "exp": at(600)}),
                "wrong",
                Algorithm::HS256,
                Some(IdentityError::Signature),
            ),
            (
                json!({"sub": "42", "exp": at(600)}),
                "right",
                Algorithm::HS384,
                Some(IdentityError::Signature),
            ),
            (
                json!({"sub": "42", "exp": at(-600)}),
                "right",
                Algorithm::HS256,
                Some(IdentityError::Expired),
            ),
            (
                json!({"sub": "42", "exp": at(90_000)}),
                "right",
                Algorithm::HS256,
                Some(IdentityError::TooLong),
            ),
            (json!({"sub": "42"}), "right", Algorithm::HS256, Some(IdentityError::TooLong)),
            (
                json!({"sub": "", "exp": at(600)}),
                "right",
                Algorithm::HS256,
                Some(IdentityError::Nobody),
            ),
        ] {
            let token = signed(&claims, secret.as_bytes(), algorithm);
            assert_eq!(
                read_identity(&token, b"right", NOW).err(),
                want,
                "{claims} {secret} {algorithm:?}"
            );
        }
        assert_eq!(read_identity("", b"right", NOW).err(), Some(IdentityError::Signature));
    }

    #[test]
    fn an_unsigned_token_is_nobody() {
        // {"alg":"none"} . {"sub":"42","exp":1800000600} .
        let token = "eyJhbGciOiJub25lIn0.eyJzdWIiOiI0MiIsImV4cCI6MTgwMDAwMDYwMH0.";
        assert_eq!(read_identity(token, b"right", NOW).err(), Some(IdentityError::Signature));
    }

    #[test]
    fn a_visitor_is_known_again_on_the_same_widget_for_a_day() {
        let tokens = VisitorTokens::new(&[7; 32]);
        let (here, there) = (WidgetId::from_u128(1), WidgetId::from_u128(2));
        let visitor = VisitorTokens::visitor(
            CustomerId::from_u128(3),
            ClientId::from_u128(4),
            here,
            false,
            NOW,
        );
        let token = tokens.issue(&visitor).unwrap();
        assert_eq!(tokens.read(&token, here, NOW), Some(visitor));
        assert_eq!(tokens.read(&token, there, NOW), None);
        assert_eq!(tokens.read(&token, here, NOW + VISITOR_LASTS), None);
        assert_eq!(VisitorTokens::new(&[8; 32]).read(&token, here, NOW), None);
    }
}
