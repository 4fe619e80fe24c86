INSERT INTO person (id, family_name, given_name, search, birth_date, mail, ine, detail)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (id) DO UPDATE SET
    family_name = excluded.family_name, given_name = excluded.given_name, search = excluded.search,
    birth_date = excluded.birth_date, mail = excluded.mail, ine = excluded.ine, detail = excluded.detail
