-- macro: pid_18(code)
-- An old identity number of 15 digits as 18: century 19 put in, check character of GB 11643 appended. (|| keeps null null.)
substr(code, 1, 6) || '19' || substr(code, 7, 9)
  || substr('10X98765432', pid_sum(substr(code, 1, 6) || '19' || substr(code, 7, 9)) % 11 + 1, 1)
;
-- macro: pid_norm(raw)
-- An identity number as typed, half width, without blanks, in capitals; 15 digits become 18.
case
  when regexp_matches(half_width(trim(raw)), '^[0-9]{15}$') then pid_18(half_width(trim(raw)))
  else nullif(replace(upper(half_width(trim(raw))), ' ', ''), '')
end
;
-- macro: name_norm(raw)
-- A company's name for comparison: half width, without blanks, in capitals, 有限责任公司 as 有限公司.
replace(replace(upper(half_width(text_of(raw))), ' ', ''), '有限责任公司', '有限公司')
;
-- macro: addr_norm(raw)
-- An address for comparison: half width, without blanks and stars, in capitals, # as 号, without the province in front.
nullif(regexp_replace(replace(replace(replace(upper(half_width(text_of(raw))), ' ', ''), '*', ''), '#', '号'), '^河南省', '', 'g'), '')
;
-- macro: open_date_of(raw)
-- The DATE of a raw text where 9999-12-31, like 长期 and a blank, means without end: null.
nullif(date_of(raw), date '9999-12-31')
;
-- macro: month_end(raw)
-- The last day of a month given as YYYYMM.
last_day(date_of(concat(trim(raw), '01')))
;
-- macro: wan_of_yuan(raw)
-- An amount given in 元 as 万元, DECIMAL(18,6).
money_wan(raw, '元')
;
-- macro: ratio_of(raw)
-- A share as a fraction, DECIMAL(9,6): 60, 60% and 0.6 all give 0.6.
try_cast(case
  when regexp_matches(raw, '[%％]') or dec_of(raw) > 1 then dec_of(raw) * cast(0.01 as decimal(3, 2))
  else dec_of(raw)
end as decimal(9, 6))
;
-- macro: city_of(code)
-- The prefecture of a region code; 济源 (419001) is its own.
case when substr(code, 1, 4) = '4190' then '419001' else concat(substr(code, 1, 4), '00') end
;
-- macro: date_ok(raw)
-- 1 when the text is blank, 长期 or a day that exists; else 0.
case when text_of(raw) is null or trim(raw) = '长期' or date_of(raw) is not null then 1 else 0 end
;
-- macro: number_ok(raw)
-- 1 when the text is blank or begins with a number; else 0.
case when text_of(raw) is null or dec_of(raw) is not null then 1 else 0 end
;
