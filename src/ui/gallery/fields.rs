//! Fields, as they begin and after a refusal.

use super::section;
use crate::{
    forms::Refusal,
    ui::{
        CheckBox, DateField, Field, FormError, MoneyField, NumberField, RadioGroup, Select, SubmitButton, TextArea,
        form::FormState,
    },
};
use leptos::prelude::*;
use std::collections::BTreeMap;

/// All fields; refused ones say so and have what was typed.
pub(super) fn fields(id: &'static str, title: &'static str, refused: bool) -> AnyView {
    let refusal = refused.then(|| {
        ["carrier", "weight", "day", "amount", "reason", "warehouse", "how"]
            .into_iter()
            .fold(Refusal::input("Something is missing. Nothing was changed."), |refusal, name| {
                refusal.field(name, "Say what it should be.")
            })
    });
    let typed = [
        ("carrier", "DHL"),
        ("weight", "-1"),
        ("amount", "12,9O"),
        ("reason", "</textarea><b>typed</b>"),
        ("gift", "yes"),
    ];
    let values = if refused {
        typed.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    } else {
        BTreeMap::new()
    };
    let state = FormState {
        refusal: RwSignal::new(refusal),
        signed_out: RwSignal::new(false),
        values: StoredValue::new(values),
        pending: Signal::derive(move || refused),
        id: StoredValue::new(id.to_owned()),
    };
    // as ui::Form does for its own fields
    provide_context(state);
    let form = view! {
            <form class="act-form open" method="get" action="/dev/components">
                <FormError />
                <div class="pair">
                    <Field name="carrier" label="Carrier" required=true hint="As on the label" suggestions=&["DHL", "UPS"] />
                    <NumberField name="weight" label="Weight in grams" min=1 max=30_000 />
                    <DateField name="day" label="Ships on" />
                    <MoneyField name="amount" label="Refund" currency="EUR" required=true hint="At most 129.90" />
                </div>
                <div class="pair">
                    <Select name="warehouse" label="Warehouse" options=vec![("ham", "Hamburg"), ("muc", "Munich")] required=true />
                    <RadioGroup name="how" label="How" options=vec![("restock", "Back into stock"), ("damaged", "Damaged")] required=true />
                </div>
                <TextArea name="reason" label="Reason" required=true hint="Colleagues see it in the timeline" />
                <CheckBox name="gift" label="Wrap as a gift" hint="Free of charge" />
                <div class="form-end"><SubmitButton class="button primary">"Save"</SubmitButton></div>
            </form>
        }
    .into_any();
    section(id, title, vec![form])
}
