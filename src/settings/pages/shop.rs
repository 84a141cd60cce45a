//! `/settings`: the company on invoices and packing slips.

use crate::{
    forms::Done,
    pages::{self, Page},
    route::AppPage,
    settings::{
        api::{SaveShop, get_shop},
        model::{Shop, ShopSettings},
    },
    ui::{
        Field, Form, FormError, FormTo, PageHead, Select, SubmitButton, Version, card, card_body, drawn, skeleton_cards,
    },
};
use leptos::prelude::*;
use leptos_router::{LazyRoute, lazy_route};

/// The shop's settings.
#[derive(Debug)]
pub struct ShopPage;

impl AppPage for ShopPage {
    const PAGE: &'static Page = &pages::SETTINGS;
}

#[lazy_route]
impl LazyRoute for ShopPage {
    fn data() -> Self {
        Self
    }

    fn view(this: Self) -> AnyView {
        let ShopPage = this;
        let shop = Resource::new(|| (), |()| get_shop());
        let changed = Callback::new(move |_: Done| shop.refetch());
        view! {
            <PageHead title="Settings"><p>"What invoices and packing slips say of the shop"</p></PageHead>
            <Transition fallback=|| view! { {skeleton_cards("Loading settings…", 1)} }>
                {move || Suspend::new(drawn(shop, move |settings| form(settings, changed)))}
            </Transition>
        }
        .into_any()
    }
}

fn form(settings: ShopSettings, changed: Callback<Done>) -> AnyView {
    let ShopSettings { shop, second_factor_days, version, why_not } = settings;
    let Shop { company, street, postal_code, city, country, vat_id, register, email, phone, iban, bank, paper } = shop;
    let to = FormTo::of::<SaveShop>();
    let may = why_not.is_empty();
    let end = if may {
        view! { <div class="form-end"><SubmitButton>"Save settings"</SubmitButton></div> }.into_any()
    } else {
        view! { <p class="why">{why_not}</p> }.into_any()
    };
    let form = view! {
        <Form to class="stack" on_done=changed>
            <Version version />
            <FormError />
            <fieldset class="stack settings" disabled=!may>
                <Field name="company" label="Company" required=true value=company />
                <Field name="street" label="Street and number" value=street />
                <Field name="postal_code" label="Postal code" value=postal_code />
                <Field name="city" label="City" value=city />
                <Field name="country" label="Country" value=country hint="Two letters, as DE" />
                <Field name="vat_id" label="VAT id" value=vat_id />
                <Field name="register" label="Register" value=register hint="Court and number" />
                <Field name="email" label="E-mail address for customers" value=email />
                <Field name="phone" label="Phone number for customers" value=phone />
                <Field name="iban" label="IBAN" value=iban />
                <Field name="bank" label="Bank" value=bank />
                <Field
                    name="second_factor_days"
                    label="Second factor required after so many days"
                    value=second_factor_days
                    hint="Of admins and super admins, counted from when they got the role. Empty: never"
                />
                <Select name="paper" label="Paper" required=true value=paper options=vec![("a4", "A4"), ("letter", "US letter")] />
            </fieldset>
            {end}
        </Form>
    }
    .into_any();
    card("Company", "company", None, vec![card_body(vec![form])])
}
