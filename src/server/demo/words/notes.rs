//! What staff write under an order. `{name}` is the customer's last name, `{product}` an article
//! of the order, `{carrier}` who brings it, `{number}` a tracking number.

#[rustfmt::skip]
pub static WAITING: [&str; 8] = [
    "Customer asked whether we have received the transfer. Not yet, told {name} that it can take two bank days.",
    "Mail bounced. Called instead, the address has a typing error; the customer will correct it.",
    "Wants to pay half by transfer and half by card. Explained that we can’t split.",
    "Sent the bank details once more.",
    "Asks for an invoice with the company’s name on it. Please change before payment comes in.",
    "Reminder for the transfer sent this morning.",
    "Customer is abroad until Friday and pays then. I would let it run until the hold ends.",
    "Transfer announced for tomorrow, screenshot is in the ticket.",
];

#[rustfmt::skip]
pub static FULFILMENT: [&str; 14] = [
    "Customer asks for a neutral box, it is a present. Told {name} that we do that free of charge.",
    "Please put the delivery note in the parcel, the company needs it.",
    "Called about the delivery date: not before Thursday, somebody must be at home.",
    "{product}: last piece on the shelf had a dented carton, took one from the new pallet.",
    "Carton checked, seal intact, serial number noted on the slip.",
    "Please leave with the neighbour on the ground floor (agreed by phone).",
    "Two parcels, because of the size of {product}.",
    "Address completed after a call: staircase B, third floor.",
    "Asked to change the colour. Too late, already packed; customer keeps it as ordered.",
    "Picked without the accessory by mistake, found at the control table and added.",
    "Company is closed between 12 and 14, told {carrier}.",
    "Gift card text added: “Happy birthday, Grandpa”.",
    "Battery inside: goes by road, label put on.",
    "Customer wants to pick it up at the parcel shop instead, changed with {carrier}.",
];

#[rustfmt::skip]
pub static UNDERWAY: [&str; 8] = [
    "{carrier} says delayed by a day, {number}. Customer informed.",
    "Tracking has not moved for two days. Opened an inquiry with {carrier}.",
    "Left with the neighbour, customer has got it.",
    "{name} asks where the parcel is: at the depot, comes tomorrow.",
    "Driver did not find the entrance. Second attempt tomorrow before noon.",
    "{carrier} delivered to the parcel shop instead of the door. Customer is fine with that.",
    "Inquiry {number}: parcel found, on its way again.",
    "Customer was not at home twice; asked {carrier} to keep it for a week.",
];

#[rustfmt::skip]
pub static AFTERWARDS: [&str; 10] = [
    "Question about the guarantee of {product}: two years, told {name} where to find the form.",
    "Needs the invoice again, sent as PDF.",
    "Helped by phone to set up {product}. Took five minutes, customer is happy.",
    "Asked for spare parts of {product}, passed on to the maker.",
    "Very friendly call, wants to order two more for the office.",
    "Complained about the packaging (too much air). Passed on to the warehouse.",
    "Cable was missing, sent one by letter.",
    "Voucher of 10 € for the delay, agreed with Adam.",
    "Customer asked to correct the name on the invoice. Done, new PDF sent.",
    "Firmware update solved it, no return needed.",
];

#[rustfmt::skip]
pub static CANCELLED: [&str; 7] = [
    "Ordered twice by mistake, the other order stays.",
    "Customer found it cheaper, wants to cancel. Not packed yet, so done.",
    "Cancelled on the phone, {name} has changed plans.",
    "Address turned out to be a forwarding service, customer could not confirm it. Cancelled after two mails.",
    "Delivery date too late for a birthday.",
    "Wanted another variant of {product}; will order again.",
    "Company no longer needs it, confirmation by mail is in the ticket.",
];

#[rustfmt::skip]
pub static FAILED_CARD: [&str; 4] = [
    "Card declined twice by the bank. Told the customer to use another one.",
    "Customer called, the limit of the card is too low. Will order again by transfer.",
    "3-D Secure was not finished. Customer informed.",
    "Same card failed on three orders today, keep an eye on this account.",
];

#[rustfmt::skip]
pub static FAILED_OTHER: [&str; 4] = [
    "Provider refused the purchase, no reason given. Told {name} to try a card.",
    "{name} called: the account at the provider is locked. Will order again by transfer.",
    "Customer wrote that the provider’s page hung. Asked to try again.",
    "Third refusal for this customer this month, please look at the address before the next order.",
];

#[rustfmt::skip]
pub static RETURNS: [&str; 9] = [
    "Parcel is back, {product} complete and like new. To the shelf.",
    "{product}: scratch on the lid, customer says it came like that. Photos are in the ticket.",
    "Return label sent to {name}.",
    "Back without the charger. Asked the customer to send it.",
    "Tested: the fault is real, does not start. To the maker.",
    "Seal unbroken, put back to stock.",
    "Customer sent it to Lyon instead of Hamburg, colleagues forward it.",
    "Refund promised within five days.",
    "Accepted, although the original box is missing.",
];

/// Why an order was cancelled, in the history.
#[rustfmt::skip]
pub static CANCEL_REASONS: [&str; 6] = [
    "Customer changed their mind", "Ordered twice", "Found cheaper elsewhere", "Wrong article ordered", "Delivery takes too long", "Address could not be confirmed",
];

/// Why goods came back.
#[rustfmt::skip]
pub static RETURN_REASONS: [&str; 8] = [
    "Does not fit the existing device", "Not as described", "Defective on arrival", "Changed their mind within 14 days", "Wrong colour ordered",
    "Too loud", "Present was not wanted", "Fault after a few days of use",
];

/// What a provider says when it refuses a card.
#[rustfmt::skip]
pub static CARD_FAILURES: [&str; 5] = [
    "card_declined: insufficient funds", "card_declined: do not honour", "authentication_required: 3-D Secure not completed", "expired_card",
    "card_declined: limit exceeded",
];

/// What it says when it refuses anything else.
#[rustfmt::skip]
pub static OTHER_FAILURES: [&str; 4] = [
    "refused: risk assessment", "buyer_cancelled: left the provider’s page", "account_restricted", "refused: amount above the buyer’s limit",
];

/// Why stock was counted anew.
#[rustfmt::skip]
pub static ADJUSTMENT_REASONS: [&str; 6] = [
    "Stock-taking", "Found behind the rack", "Counted again after a complaint", "Miscounted on arrival", "Stock-taking, second count", "Taken as a sample for the workshop",
];
