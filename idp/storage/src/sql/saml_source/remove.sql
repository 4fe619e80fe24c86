DELETE FROM saml_source WHERE name = $1
