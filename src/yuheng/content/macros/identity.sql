-- macro: uscc_norm(raw)
-- A unified social credit code as typed, without blanks, in capitals; null when nothing is there.
nullif(upper(replace(replace(trim(raw), ' ', ''), '　', '')), '')
;
-- macro: uscc_sum(code)
-- Weighted sum of the first 17 characters, GB 32100-2015: W(i) = 3^(i-1) mod 31 over the 31-letter alphabet.
(strpos('0123456789ABCDEFGHJKLMNPQRTUWXY', substr(code, 1, 1)) - 1) * 1
  + (strpos('0123456789ABCDEFGHJKLMNPQRTUWXY', substr(code, 2, 1)) - 1) * 3
  + (strpos('0123456789ABCDEFGHJKLMNPQRTUWXY', substr(code, 3, 1)) - 1) * 9
  + (strpos('0123456789ABCDEFGHJKLMNPQRTUWXY', substr(code, 4, 1)) - 1) * 27
  + (strpos('0123456789ABCDEFGHJKLMNPQRTUWXY', substr(code, 5, 1)) - 1) * 19
  + (strpos('0123456789ABCDEFGHJKLMNPQRTUWXY', substr(code, 6, 1)) - 1) * 26
  + (strpos('0123456789ABCDEFGHJKLMNPQRTUWXY', substr(code, 7, 1)) - 1) * 16
  + (strpos('0123456789ABCDEFGHJKLMNPQRTUWXY', substr(code, 8, 1)) - 1) * 17
  + (strpos('0123456789ABCDEFGHJKLMNPQRTUWXY', substr(code, 9, 1)) - 1) * 20
  + (strpos('0123456789ABCDEFGHJKLMNPQRTUWXY', substr(code, 10, 1)) - 1) * 29
  + (strpos('0123456789ABCDEFGHJKLMNPQRTUWXY', substr(code, 11, 1)) - 1) * 25
  + (strpos('0123456789ABCDEFGHJKLMNPQRTUWXY', substr(code, 12, 1)) - 1) * 13
  + (strpos('0123456789ABCDEFGHJKLMNPQRTUWXY', substr(code, 13, 1)) - 1) * 8
  + (strpos('0123456789ABCDEFGHJKLMNPQRTUWXY', substr(code, 14, 1)) - 1) * 24
  + (strpos('0123456789ABCDEFGHJKLMNPQRTUWXY', substr(code, 15, 1)) - 1) * 10
  + (strpos('0123456789ABCDEFGHJKLMNPQRTUWXY', substr(code, 16, 1)) - 1) * 30
  + (strpos('0123456789ABCDEFGHJKLMNPQRTUWXY', substr(code, 17, 1)) - 1) * 28
;
-- macro: uscc_ok(code)
-- 1 when the code has 18 characters of the alphabet and its check character fits (GB 32100-2015), else 0; null for null.
case
  when code is null then null
  when not regexp_matches(code, '^[0-9A-HJ-NP-RTUWXY]{18}$') then 0
  when substr(code, 18, 1) = substr('0123456789ABCDEFGHJKLMNPQRTUWXY', (31 - uscc_sum(code) % 31) % 31 + 1, 1) then 1
  else 0
end
;
-- macro: pid_sum(code)
-- Weighted sum of the first 17 digits of an identity number, GB 11643-1999: W(i) = 2^(18-i) mod 11.
cast(substr(code, 1, 1) as integer) * 7
  + cast(substr(code, 2, 1) as integer) * 9
  + cast(substr(code, 3, 1) as integer) * 10
  + cast(substr(code, 4, 1) as integer) * 5
  + cast(substr(code, 5, 1) as integer) * 8
  + cast(substr(code, 6, 1) as integer) * 4
  + cast(substr(code, 7, 1) as integer) * 2
  + cast(substr(code, 8, 1) as integer) * 1
  + cast(substr(code, 9, 1) as integer) * 6
  + cast(substr(code, 10, 1) as integer) * 3
  + cast(substr(code, 11, 1) as integer) * 7
  + cast(substr(code, 12, 1) as integer) * 9
  + cast(substr(code, 13, 1) as integer) * 10
  + cast(substr(code, 14, 1) as integer) * 5
  + cast(substr(code, 15, 1) as integer) * 8
  + cast(substr(code, 16, 1) as integer) * 4
  + cast(substr(code, 17, 1) as integer) * 2
;
-- macro: pid_ok(code)
-- 1 when the identity number has 18 places and its check character fits (GB 11643-1999), else 0; null for null.
case
  when code is null then null
  when not regexp_matches(code, '^[0-9]{17}[0-9X]$') then 0
  when substr(code, 18, 1) = substr('10X98765432', pid_sum(code) % 11 + 1, 1) then 1
  else 0
end
;
