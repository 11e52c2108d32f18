//! The structured invoice: EN 16931 in the syntax of UN/CEFACT CII D16B, as Factur-X embeds it.

use std::fmt::Write;

use billing::invoice::{Counted, DocumentKind, Identity, Invoice, Item, NoTax, TaxRate};
use domain::{Currency, decimal};

use crate::{DocumentError, words::words};

/// Opens, closes and fills elements; everything that is a text is escaped here.
struct Xml {
    text: String,
}

impl Xml {
    fn within(&mut self, name: &'static str, fill: impl FnOnce(&mut Self)) {
        let _ = write!(self.text, "<{name}>");
        fill(self);
        let _ = write!(self.text, "</{name}>");
    }

    fn leaf(&mut self, name: &str, attribute: &str, value: &str) {
        let space = if attribute.is_empty() { "" } else { " " };
        let _ = write!(self.text, "<{name}{space}{attribute}>");
        for c in value.chars() {
            match c {
                '&' => self.text.push_str("&amp;"),
                '<' => self.text.push_str("&lt;"),
                '>' => self.text.push_str("&gt;"),
                // XML 1.0 has no place for other control characters.
                c if c.is_control() && !matches!(c, '\n' | '\t') => {}
                c => self.text.push(c),
            }
        }
        let _ = write!(self.text, "</{name}>");
    }

    /// A leaf that is left out when it has nothing to say.
    fn maybe(&mut self, name: &str, attribute: &str, value: &str) {
        if !value.trim().is_empty() {
            self.leaf(name, attribute, value);
        }
    }

    /// `2026-12-01` in the form 102 of UNTDID 2379.
    fn day(&mut self, name: &'static str, form: &str, day: &str) {
        self.within(name, |xml| xml.leaf(form, "format=\"102\"", &day.replace('-', "")));
    }
}

/// The structured invoice.
///
/// # Errors
/// When it is not issued.
pub fn cii(invoice: &Invoice) -> Result<String, DocumentError> {
    let number = invoice.number.as_ref().ok_or(DocumentError::NotIssued)?.to_string();
    let issued_on = invoice.issued_on.as_deref().ok_or(DocumentError::NotIssued)?;
    let decimals = invoice.currency.parse::<Currency>().map_or(2, Currency::decimals);
    // A credit note (381) says positive amounts; its kind turns them.
    let sign = match invoice.kind {
        DocumentKind::Invoice => 1,
        DocumentKind::CreditNote => -1,
    };
    let money = |minor: i64| decimal(i128::from(minor) * sign, decimals);
    let mut xml = Xml {
        text: String::from(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<rsm:CrossIndustryInvoice \
             xmlns:rsm=\"urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100\" \
             xmlns:qdt=\"urn:un:unece:uncefact:data:standard:QualifiedDataType:100\" \
             xmlns:ram=\"urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100\" \
             xmlns:udt=\"urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100\">",
        ),
    };
    xml.within("rsm:ExchangedDocumentContext", |xml| {
        xml.within("ram:GuidelineSpecifiedDocumentContextParameter", |xml| {
            xml.leaf("ram:ID", "", "urn:cen.eu:en16931:2017");
        });
    });
    xml.within("rsm:ExchangedDocument", |xml| {
        xml.leaf("ram:ID", "", &number);
        xml.leaf("ram:TypeCode", "", if sign > 0 { "380" } else { "381" });
        xml.day("ram:IssueDateTime", "udt:DateTimeString", issued_on);
        for note in [&invoice.reason, &invoice.payment.footer] {
            if !note.trim().is_empty() {
                xml.within("ram:IncludedNote", |xml| xml.leaf("ram:Content", "", note));
            }
        }
    });
    xml.within("rsm:SupplyChainTradeTransaction", |xml| {
        for (i, item) in invoice.items.iter().enumerate() {
            line(xml, invoice, item, i + 1, sign, decimals);
        }
        xml.within("ram:ApplicableHeaderTradeAgreement", |xml| {
            xml.maybe("ram:BuyerReference", "", &invoice.payment.reference);
            // Outside the tax nobody has a number of it (EN 16931, BR-O-02).
            let with_vat = invoice.untaxed != Some(NoTax::OutOfScope);
            xml.within("ram:SellerTradeParty", |xml| party(xml, &invoice.seller, with_vat));
            xml.within("ram:BuyerTradeParty", |xml| party(xml, &invoice.buyer, with_vat));
        });
        xml.within("ram:ApplicableHeaderTradeDelivery", |_| {});
        xml.within("ram:ApplicableHeaderTradeSettlement", |xml| settlement(xml, invoice, &money));
    });
    xml.text.push_str("</rsm:CrossIndustryInvoice>\n");
    Ok(xml.text)
}

fn party(xml: &mut Xml, party: &Identity, with_vat: bool) {
    xml.leaf("ram:Name", "", &party.legal_name);
    if !party.registration.is_empty() {
        xml.within("ram:SpecifiedLegalOrganization", |xml| {
            xml.leaf("ram:ID", "", &party.registration);
        });
    }
    xml.within("ram:PostalTradeAddress", |xml| {
        xml.maybe("ram:PostcodeCode", "", &party.postcode);
        xml.maybe("ram:LineOne", "", &party.street);
        xml.maybe("ram:CityName", "", &party.city);
        xml.leaf("ram:CountryID", "", &party.country);
    });
    if !party.email.is_empty() {
        xml.within("ram:URIUniversalCommunication", |xml| {
            xml.leaf("ram:URIID", "schemeID=\"EM\"", &party.email);
        });
    }
    if with_vat && !party.vat.is_empty() {
        xml.within("ram:SpecifiedTaxRegistration", |xml| {
            xml.leaf("ram:ID", "schemeID=\"VA\"", &party.vat);
        });
    }
}

/// The category of a rate (UNTDID 5305).
fn category(invoice: &Invoice, rate: &TaxRate) -> &'static str {
    match (rate.basis_points, invoice.untaxed) {
        (1.., _) => "S",
        (0, Some(NoTax::ReverseCharge)) => "AE",
        (0, Some(NoTax::Exempt)) => "E",
        (0, Some(NoTax::OutOfScope)) => "O",
        (0, None) => "Z",
    }
}

/// The rate in percent; a category outside the tax has none (EN 16931, BR-O-05).
fn rate(xml: &mut Xml, category: &str, rate: &TaxRate) {
    if category != "O" {
        let percent = decimal(i128::from(rate.basis_points), 2);
        xml.leaf("ram:RateApplicablePercent", "", &percent);
    }
}

fn line(xml: &mut Xml, invoice: &Invoice, item: &Item, number: usize, sign: i128, decimals: u32) {
    let amount = i128::from(item.amount_minor) * sign;
    let unit = match item.counted {
        Counted::Seconds => "unitCode=\"SEC\"",
        Counted::Pieces | Counted::Points => "unitCode=\"C62\"",
    };
    // A price is never negative (EN 16931, BR-27): what is given back has a negative quantity.
    let back = if amount < 0 { "-" } else { "" };
    let (price, per, quantity) = match item.price {
        Some(price) => {
            let price_text = decimal(i128::from(price.price), decimals + 5);
            (price_text, Some(price.per), item.quantity)
        }
        None => (decimal(amount.abs(), decimals), None, 1),
    };
    let unit = if per.is_some() { unit } else { "unitCode=\"C62\"" };
    let (name, more) = words(&invoice.language).item(item);
    xml.within("ram:IncludedSupplyChainTradeLineItem", |xml| {
        xml.within("ram:AssociatedDocumentLineDocument", |xml| {
            xml.leaf("ram:LineID", "", &number.to_string());
        });
        xml.within("ram:SpecifiedTradeProduct", |xml| {
            xml.leaf("ram:Name", "", &name);
            xml.maybe("ram:Description", "", &more);
        });
        xml.within("ram:SpecifiedLineTradeAgreement", |xml| {
            xml.within("ram:NetPriceProductTradePrice", |xml| {
                xml.leaf("ram:ChargeAmount", "", &price);
                if let Some(per) = per {
                    xml.leaf("ram:BasisQuantity", unit, &per.to_string());
                }
            });
        });
        xml.within("ram:SpecifiedLineTradeDelivery", |xml| {
            xml.leaf("ram:BilledQuantity", unit, &format!("{back}{quantity}"));
        });
        xml.within("ram:SpecifiedLineTradeSettlement", |xml| {
            xml.within("ram:ApplicableTradeTax", |xml| {
                let category = category(invoice, &item.tax);
                xml.leaf("ram:TypeCode", "", "VAT");
                xml.leaf("ram:CategoryCode", "", category);
                rate(xml, category, &item.tax);
            });
            xml.within("ram:SpecifiedTradeSettlementLineMonetarySummation", |xml| {
                xml.leaf("ram:LineTotalAmount", "", &decimal(amount, decimals));
            });
        });
    });
}

fn settlement(xml: &mut Xml, invoice: &Invoice, money: &impl Fn(i64) -> String) {
    xml.leaf("ram:InvoiceCurrencyCode", "", &invoice.currency);
    if !invoice.payment.iban.is_empty() {
        xml.within("ram:SpecifiedTradeSettlementPaymentMeans", |xml| {
            // UNTDID 4461: a SEPA credit transfer, or any other one.
            let sepa = invoice.currency == "EUR";
            xml.leaf("ram:TypeCode", "", if sepa { "58" } else { "30" });
            xml.within("ram:PayeePartyCreditorFinancialAccount", |xml| {
                xml.leaf("ram:IBANID", "", &invoice.payment.iban.replace(' ', ""));
            });
            if !invoice.payment.bic.is_empty() {
                xml.within("ram:PayeeSpecifiedCreditorFinancialInstitution", |xml| {
                    xml.leaf("ram:BICID", "", &invoice.payment.bic);
                });
            }
        });
    }
    for sum in &invoice.taxes {
        let category = category(invoice, &sum.rate);
        xml.within("ram:ApplicableTradeTax", |xml| {
            xml.leaf("ram:CalculatedAmount", "", &money(sum.tax_minor));
            xml.leaf("ram:TypeCode", "", "VAT");
            if let (Some(why), "AE" | "E" | "O") = (invoice.untaxed, category) {
                let why = words(&invoice.language).untaxed(why);
                xml.leaf("ram:ExemptionReason", "", why);
            }
            xml.leaf("ram:BasisAmount", "", &money(sum.net_minor));
            xml.leaf("ram:CategoryCode", "", category);
            rate(xml, category, &sum.rate);
        });
    }
    xml.within("ram:BillingSpecifiedPeriod", |xml| {
        xml.day("ram:StartDateTime", "udt:DateTimeString", &invoice.from);
        xml.day("ram:EndDateTime", "udt:DateTimeString", &invoice.through);
    });
    if let Some(due_on) = &invoice.due_on {
        xml.within("ram:SpecifiedTradePaymentTerms", |xml| {
            xml.day("ram:DueDateDateTime", "udt:DateTimeString", due_on);
        });
    }
    xml.within("ram:SpecifiedTradeSettlementHeaderMonetarySummation", |xml| {
        xml.leaf("ram:LineTotalAmount", "", &money(invoice.net_minor));
        xml.leaf("ram:TaxBasisTotalAmount", "", &money(invoice.net_minor));
        let currency = format!("currencyID=\"{}\"", invoice.currency);
        xml.leaf("ram:TaxTotalAmount", &currency, &money(invoice.tax_minor));
        xml.leaf("ram:GrandTotalAmount", "", &money(invoice.total_minor));
        xml.leaf("ram:DuePayableAmount", "", &money(invoice.total_minor));
    });
    if let Some(corrects) = &invoice.corrects {
        xml.within("ram:InvoiceReferencedDocument", |xml| {
            xml.leaf("ram:IssuerAssignedID", "", &corrects.number);
            xml.day("ram:FormattedIssueDateTime", "qdt:DateTimeString", &corrects.issued_on);
        });
    }
}
