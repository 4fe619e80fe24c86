UPDATE portrait
   SET family_name = $4, given_name = $5, search = $6, birth_date = $7, mail = $8, ine = $9, detail = $10
 WHERE source = $1 AND kind = $2 AND key = $3
