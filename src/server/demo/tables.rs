//! The tables that are filled, each with the columns in which its rows are written.

/// A table; its number is its place among the pieces of [`super::copy::Sink`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Table {
    Addresses,
    Brands,
    CartItems,
    Categories,
    Inventory,
    OrderItems,
    OrderNotes,
    OrderNumbers,
    OrderReturnItems,
    OrderReturns,
    OrderShipping,
    OrderStatusHistory,
    Orders,
    PaymentLogs,
    PaymentMethods,
    Payments,
    PriceHistory,
    ProductImages,
    ProductSpecifications,
    ProductVariants,
    Products,
    RefundItems,
    Refunds,
    ReviewImages,
    ReviewVotes,
    Reviews,
    StockMovementKeys,
    StockMovements,
    StockReservations,
    UserActivity,
    UserPreferences,
    Users,
    VariantAttributes,
    Warehouses,
    Wishlists,
}

impl Table {
    pub const ALL: [Self; 35] = [
        Self::Addresses,
        Self::Brands,
        Self::CartItems,
        Self::Categories,
        Self::Inventory,
        Self::OrderItems,
        Self::OrderNotes,
        Self::OrderNumbers,
        Self::OrderReturnItems,
        Self::OrderReturns,
        Self::OrderShipping,
        Self::OrderStatusHistory,
        Self::Orders,
        Self::PaymentLogs,
        Self::PaymentMethods,
        Self::Payments,
        Self::PriceHistory,
        Self::ProductImages,
        Self::ProductSpecifications,
        Self::ProductVariants,
        Self::Products,
        Self::RefundItems,
        Self::Refunds,
        Self::ReviewImages,
        Self::ReviewVotes,
        Self::Reviews,
        Self::StockMovementKeys,
        Self::StockMovements,
        Self::StockReservations,
        Self::UserActivity,
        Self::UserPreferences,
        Self::Users,
        Self::VariantAttributes,
        Self::Warehouses,
        Self::Wishlists,
    ];

    /// Its name and columns, as COPY has them.
    pub const fn target(self) -> (&'static str, &'static str) {
        match self {
            Self::Addresses => (
                "addresses",
                "id, user_id, kind, recipient_name, street, postal_code, city, region, country, phone, \
                 is_default_shipping, is_default_billing, created_at, updated_at",
            ),
            Self::Brands => ("brands", "id, name, slug, description, created_at, updated_at"),
            Self::CartItems => ("cart_items", "id, user_id, product_id, variant_id, quantity, created_at, updated_at"),
            Self::Categories => ("categories", "id, parent_id, name, slug, path, position, created_at, updated_at"),
            Self::Inventory => (
                "inventory",
                "id, product_id, variant_id, warehouse_id, quantity_on_hand, quantity_reserved, \
                 reorder_point, reorder_quantity, bin_location, created_at, updated_at",
            ),
            Self::OrderItems => (
                "order_items",
                "order_id, id, product_id, variant_id, sku, product_name, variant_name, quantity, unit_price, \
                 discount, tax_rate, line_total, returned_quantity, position",
            ),
            Self::OrderNotes => ("order_notes", "order_id, id, author_id, body, pinned, created_at, updated_at"),
            Self::OrderNumbers => ("order_numbers", "order_number, order_id"),
            Self::OrderReturnItems => {
                ("order_return_items", "return_id, order_id, order_item_id, quantity, disposition")
            }
            Self::OrderReturns => ("order_returns", "id, order_id, reason, created_by, created_at"),
            Self::OrderShipping => (
                "order_shipping",
                "order_id, method, recipient_name, street, postal_code, city, region, country, phone, \
                 address_id, carrier, tracking_number, warehouse_id, shipped_at, delivered_at, created_at, \
                 updated_at",
            ),
            Self::OrderStatusHistory => (
                "order_status_history",
                "order_id, id, from_status, to_status, actor_id, actor_kind, reason, created_at",
            ),
            Self::Orders => (
                "orders",
                "id, order_number, user_id, status, subtotal, discount_total, shipping_total, tax_total, \
                 grand_total, paid_total, refunded_total, payment_status, item_count, customer_name, \
                 customer_email, customer_phone, billing_name, billing_street, billing_postal_code, \
                 billing_city, billing_region, billing_country, source, hold_expires_at, status_changed_at, \
                 created_at, updated_at, version",
            ),
            Self::PaymentLogs => ("payment_logs", "id, payment_id, direction, event, http_status, payload, created_at"),
            Self::PaymentMethods => (
                "payment_methods",
                "id, user_id, method, card_brand, card_last4, card_exp_month, card_exp_year, gateway_id, \
                 is_default, created_at, updated_at",
            ),
            Self::Payments => (
                "payments",
                "id, order_id, provider, method, status, amount, captured_amount, currency, card_brand, \
                 card_last4, reference, failure_reason, created_at, updated_at",
            ),
            Self::PriceHistory => ("price_history", "id, product_id, variant_id, price, valid, changed_by, created_at"),
            Self::ProductImages => ("product_images", "id, product_id, url, alt, position, created_at"),
            Self::ProductSpecifications => ("product_specifications", "id, product_id, name, value, position"),
            Self::ProductVariants => {
                ("product_variants", "id, product_id, sku, name, price, position, created_at, updated_at")
            }
            Self::Products => (
                "products",
                "id, sku, name, slug, description, category_id, brand_id, base_price, tax_rate, is_published, \
                 created_at, updated_at",
            ),
            Self::RefundItems => ("refund_items", "refund_id, order_id, order_item_id, quantity, amount"),
            Self::Refunds => (
                "refunds",
                "id, payment_id, order_id, amount, currency, status, reason, requested_by, approved_by, \
                 reference, failure_reason, created_at, updated_at",
            ),
            Self::ReviewImages => ("review_images", "id, review_id, url, alt, position, created_at"),
            Self::ReviewVotes => ("review_votes", "review_id, user_id, is_helpful, created_at"),
            Self::Reviews => (
                "reviews",
                "id, product_id, user_id, order_id, rating, title, body, moderator_status, moderated_by, \
                 moderated_at, moderation_reason, created_at, updated_at",
            ),
            Self::StockMovementKeys => ("stock_movement_keys", "idempotency_key, movement_id"),
            Self::StockMovements => (
                "stock_movements",
                "id, inventory_id, movement_type, quantity, reason, idempotency_key, order_id, order_item_id, \
                 actor_id, created_at",
            ),
            Self::StockReservations => (
                "stock_reservations",
                "id, inventory_id, order_id, order_item_id, quantity, status, expires_at, created_at, \
                 updated_at",
            ),
            Self::UserActivity => ("user_activity", "id, user_id, action_type, \"timestamp\", ip, user_agent, details"),
            Self::UserPreferences => (
                "user_preferences",
                "user_id, language, time_zone, theme, density, notifications, created_at, updated_at",
            ),
            Self::Users => (
                "users",
                "id, email, email_verified, password_hash, first_name, last_name, phone_number, \
                 date_of_birth, gender, role, status, last_login_at, created_at, updated_at, deleted_at",
            ),
            Self::VariantAttributes => ("variant_attributes", "variant_id, name, value, position"),
            Self::Warehouses => {
                ("warehouses", "id, code, name, street, postal_code, city, country, priority, created_at, updated_at")
            }
            Self::Wishlists => ("wishlists", "id, user_id, product_id, created_at"),
        }
    }
}
