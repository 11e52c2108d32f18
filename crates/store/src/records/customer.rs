//! Customers: the people who write to a client. All of it is personal data.

use domain::{ClientId, CustomerId, EmailAddress, Language, Timestamp};

use super::{ClientScope, containing, fold, page, record};
use crate::{StoreError, Tx, View, value::args};

record! {
    /// A customer.
    #[derive(Clone, PartialEq, Eq)]
    pub struct Customer {
        /// The client.
        pub client: ClientId = "client_id",
        /// Its id.
        pub id: CustomerId = "customer_id",
        /// The client's own id of the person, or that of the browser; unique among the verified and
        /// among the others.
        pub external_id: Option<String>,
        /// Proven by the client's signed token.
        pub verified: bool,
        /// Name, if given.
        pub name: Option<String>,
        /// Mail address, if given.
        pub email: Option<EmailAddress>,
        /// Language, if known.
        pub language: Option<Language>,
        /// First seen.
        pub created: Timestamp = "created_us",
        /// Last seen.
        pub seen: Timestamp = "seen_us",
    }
}

impl std::fmt::Debug for Customer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Customer({} of {}, <redacted>)", self.id, self.client)
    }
}

impl View {
    /// One customer.
    pub async fn customer(
        &mut self,
        scope: &ClientScope,
        id: CustomerId,
    ) -> Result<Option<Customer>, StoreError> {
        self.of(scope)
            .find(
                "SELECT client_id, customer_id, external_id, verified, name, email, language,
                        created_us, seen_us
                 FROM customer WHERE client_id = $1 AND customer_id = $2",
                args![scope.client(), id],
            )
            .await
    }

    /// The customer whom the client calls `external_id`.
    pub async fn customer_by_external_id(
        &mut self,
        scope: &ClientScope,
        external_id: &str,
        verified: bool,
    ) -> Result<Option<Customer>, StoreError> {
        self.of(scope)
            .find(
                "SELECT client_id, customer_id, external_id, verified, name, email, language,
                        created_us, seen_us
                 FROM customer WHERE client_id = $1 AND external_id = $2 AND verified = $3",
                args![scope.client(), external_id, verified],
            )
            .await
    }

    /// Customers whose name or address contains `text`, last seen first, before the one named. It
    /// walks the client's customers by their index and stops at the limit; there is no text index.
    pub async fn search_customers(
        &mut self,
        scope: &ClientScope,
        text: &str,
        before: Option<(Timestamp, CustomerId)>,
        limit: u32,
    ) -> Result<Vec<Customer>, StoreError> {
        let (seen, id) = before.unwrap_or((Timestamp::MAX, CustomerId::from_u128(u128::MAX)));
        self.of(scope)
            .list(
                "SELECT client_id, customer_id, external_id, verified, name, email, language,
                        created_us, seen_us
                 FROM customer
                 WHERE client_id = $1 AND search_text LIKE $2 ESCAPE '!'
                   AND (seen_us, customer_id) < ($3, $4)
                 ORDER BY seen_us DESC, customer_id DESC LIMIT $5",
                args![scope.client(), containing(text), seen, id, page(limit)],
            )
            .await
    }
}

impl Tx {
    /// Keeps a customer: creates them, or brings up to date what is known of them. What is not
    /// known now stays as it was.
    pub async fn save_customer(
        &mut self,
        scope: &ClientScope,
        customer: &Customer,
    ) -> Result<(), StoreError> {
        let mut customer = customer.clone();
        if let Some(kept) = self.customer(scope, customer.id).await? {
            customer.name = customer.name.or(kept.name);
            customer.email = customer.email.or(kept.email);
            customer.language = customer.language.or(kept.language);
        }
        let search_text = fold(&format!(
            "{} {}",
            customer.name.as_deref().unwrap_or_default(),
            customer.email.as_ref().map(EmailAddress::as_str).unwrap_or_default()
        ));
        let Customer { id, external_id, verified, name, email, language, created, seen, .. } =
            customer;
        self.of(scope)
            .run(
                "INSERT INTO customer (client_id, customer_id, external_id, verified, name, email,
                     language, search_text, created_us, seen_us)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
                 ON CONFLICT (client_id, customer_id) DO UPDATE SET
                     external_id = excluded.external_id, verified = excluded.verified,
                     name = excluded.name, email = excluded.email, language = excluded.language,
                     search_text = excluded.search_text, seen_us = excluded.seen_us",
                args![
                    scope.client(),
                    id,
                    external_id,
                    verified,
                    name,
                    email,
                    language,
                    search_text,
                    created,
                    seen
                ],
            )
            .await
            .map(drop)
    }
}
