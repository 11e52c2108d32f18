//! Plain web sites of the three companies, with the chat in them: `/demo/`, `/demo/hotel` and so on.

use std::collections::BTreeMap;

use axum::{
    Router,
    http::{HeaderValue, header},
    response::{Html, IntoResponse, Response},
    routing::get,
};

use crate::cast::Company;

/// What the pages may load: nothing but this server's own files, and their own style.
const POLICY: &str = "default-src 'self'; style-src 'unsafe-inline' 'self'; img-src 'self' data:; \
     frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The pages; `keys` are the public keys of the widgets.
pub fn pages<S: Clone + Send + Sync + 'static>(keys: &BTreeMap<Company, String>) -> Router<S> {
    let list = page("Demonstration", "#333333", "", &list(keys));
    let mut routes = Router::new()
        .route("/demo", get(|| async { axum::response::Redirect::permanent("/demo/") }))
        .route("/demo/", get(async move || dressed(list)));
    for (company, key) in keys {
        let text = page(company.name(), company.colour(), &script(*company, key), &site(*company));
        routes =
            routes.route(&format!("/demo/{}", company.slug()), get(async move || dressed(text)));
    }
    routes
}

fn dressed(text: String) -> Response {
    let mut response = Html(text).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}

/// The one tag that any page needs.
fn script(company: Company, key: &str) -> String {
    let colour = company.colour();
    format!(
        "<script async src=\"/widget/v1/loader.js\" data-widget=\"{key}\" \
         data-colour=\"{colour}\"></script>"
    )
}

fn page(title: &str, colour: &str, script: &str, body: &str) -> String {
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <link rel=\"icon\" href=\"/favicon.svg\">\n<title>{title}</title>\n<style>\n\
         :root {{ --accent: {colour}; }}\n\
         body {{ margin: 0; font: 17px/1.6 system-ui, sans-serif; color: #222; background: #fff; }}\n\
         header {{ background: var(--accent); color: #fff; padding: 3.5rem 1.5rem 3rem; }}\n\
         header > *, main {{ max-width: 46rem; margin-inline: auto; }}\n\
         h1 {{ margin-block: 0; font-size: 2.2rem; line-height: 1.2; }}\n\
         header p {{ margin-block: .5rem 0; }}\n\
         main {{ padding: 2rem 1.5rem 8rem; }}\n\
         h2 {{ margin-block: 2rem .25rem; font-size: 1.2rem; }}\n\
         dl {{ display: grid; grid-template-columns: 1fr auto; gap: .25rem 1rem; max-width: 28rem; }}\n\
         dd {{ margin: 0; }}\n\
         a {{ color: var(--accent); }}\n\
         .note {{ margin-top: 3rem; padding-top: 1rem; border-top: 1px solid #ccc; color: #555; font-size: .9rem; }}\n\
         </style>\n{script}\n</head>\n<body>\n{body}\n</body>\n</html>\n"
    )
}

fn list(keys: &BTreeMap<Company, String>) -> String {
    let items: String = keys
        .keys()
        .map(|company| {
            format!(
                "<h2><a href=\"/demo/{}\">{}</a></h2><p>{}</p>",
                company.slug(),
                company.name(),
                what(*company)
            )
        })
        .collect();
    format!(
        "<header><h1>Three companies, one floor</h1><p>Each of these sites carries the chat with one \
         script tag. Write to one of them, and answer yourself <a href=\"/sign-in\" \
         style=\"color:#fff\">at the desk</a>.</p></header><main>{items}</main>"
    )
}

/// Which contract, and what that does to a chat begun here.
fn what(company: Company) -> &'static str {
    match company {
        Company::Hotel => {
            "Shared contract: whoever of the pool Reception is free and speaks the language answers, \
             day and night."
        }
        Company::Devices => {
            "Dedicated contract: only Northwind's own team answers, however long the queue is."
        }
        Company::Clinic => {
            "Hybrid contract: the clinic's own secretaries from 7 to 21 in Paris, with help from the \
             pool when it takes too long; the pool at night."
        }
    }
}

fn site(company: Company) -> String {
    let (lead, rest) = match company {
        Company::Hotel => (
            "Forty-one rooms between the Louvre and the Opéra, and a garden that nobody expects.",
            "<h2>Rooms</h2><dl><dt>Classic, courtyard</dt><dd>€148</dd><dt>Garden side</dt><dd>€176</dd>\
             <dt>Family room for four</dt><dd>€232</dd></dl>\
             <h2>Good to know</h2><p>Breakfast from 6:30. Free cancellation until 18:00 the day before. \
             Cots are free, dogs are welcome.</p>\
             <h2>Ask us</h2><p>Écrivez-nous en français, in English or по-русски: the chat is below, \
             on the right.</p>",
        ),
        Company::Devices => (
            "The Hub, the Tag and the Gate: small things that know where your other things are.",
            "<h2>Version 4.2.1 is out</h2><p>It repairs a synchronisation that stopped at 0 % for some \
             owners of a Hub.</p><h2>Help with a device</h2><p>Have its name and the version of the app \
             at hand. Our engineers answer in the chat, around the clock.</p>\
             <h2>Orders and returns</h2><p>Thirty days to change your mind. The label is free.</p>",
        ),
        Company::Clinic => (
            "General medicine, paediatrics and imaging in the twentieth arrondissement.",
            "<h2>Consultations</h2><dl><dt>Dr Amari</dt><dd>Mon, Tue, Thu</dd><dt>Dr Belle</dt>\
             <dd>Wed, Fri</dd><dt>Imaging</dt><dd>every day, 7:30 to 19:00</dd></dl>\
             <h2>Appointments</h2><p>Écrivez-nous ou appelez-nous : nous trouvons un créneau, souvent \
             pour la semaine même.</p><h2>In an emergency</h2><p>If a life is in danger call 15. The \
             chat is no place for that.</p>",
        ),
    };
    format!(
        "<header><h1>{}</h1><p>{lead}</p></header><main>{rest}<p class=\"note\">A company of the \
         demonstration. {} <a href=\"/demo/\">All three</a></p></main>",
        company.name(),
        what(company)
    )
}
