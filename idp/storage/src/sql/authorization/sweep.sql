-- What was redeemed meanwhile, and lives on, fails the last condition.
DELETE FROM oidc_authorization WHERE id IN (
    SELECT id FROM oidc_authorization WHERE expires_at <= $1 LIMIT 1000
) AND expires_at <= $1
