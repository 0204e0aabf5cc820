-- macro: text_of(raw)
-- Trimmed text; the words sources write for «nothing» become null.
case
  when length(raw) > 4 and bit_length(raw) = 8 * length(raw) and strpos(raw, ' ') = 0 then raw
  when length(trim(raw)) > 4 then trim(raw)
  else case upper(trim(raw))
    when '' then null when 'N/A' then null when 'NULL' then null when 'NONE' then null when '-' then null
    when '--' then null when '无' then null when '暂无' then null when '/' then null
    else trim(raw)
  end
end
;
-- macro: half_width(raw)
-- Full-width digits, brackets, signs and blanks as their half-width forms.
translate(raw, '０１２３４５６７８９（），．：－　', '0123456789(),.:- ')
;
-- macro: flag_of(raw)
-- 1 for yes, 0 for no, null for anything else.
case
  when upper(trim(raw)) in ('1', 'Y', 'YES', 'TRUE', 'T', '是', '有') then 1
  when upper(trim(raw)) in ('0', 'N', 'NO', 'FALSE', 'F', '否', '无') then 0
end
;
-- macro: date_iso(raw)
-- The raw date rewritten as YYYY-MM-DD text where it has one of the known shapes (2024-05-01, 20240501, 2024/5/1,
-- 2024.5.1, 2024年5月1日, each perhaps followed by a time); null otherwise, also for 长期.
case
  when regexp_matches(trim(raw), '^[0-9]{8}$')
    then concat(substr(trim(raw), 1, 4), '-', substr(trim(raw), 5, 2), '-', substr(trim(raw), 7, 2))
  when regexp_matches(trim(raw), '^[0-9]{4}[-/.年][0-9]{1,2}[-/.月][0-9]{1,2}日?([ T].*)?$')
    then concat(
      substr(trim(raw), 1, 4), '-',
      lpad(regexp_extract(trim(raw), '^[0-9]{4}[-/.年]([0-9]{1,2})', 1), 2, '0'), '-',
      lpad(regexp_extract(trim(raw), '^[0-9]{4}[-/.年][0-9]{1,2}[-/.月]([0-9]{1,2})', 1), 2, '0'))
end
;
-- macro: date_of(raw)
-- The DATE of a raw text; null for shapes it does not know and for days that do not exist (2023-02-30).
case
  when regexp_matches(raw, '^[0-9]{4}-[0-9]{2}-[0-9]{2}([ T][0-9:.]*)?$') then try_cast(substr(raw, 1, 10) as date)
  else try_cast(date_iso(raw) as date)
end
;
-- macro: number_text(raw)
-- The leading number of a raw amount without thousands separators, as text; null when there is none.
nullif(regexp_extract(replace(half_width(trim(raw)), ',', ''), '^(-?[0-9]+([.][0-9]+)?)', 1), '')
;
-- macro: dec_of(raw)
-- The leading number of a raw text as DECIMAL(18,6).
case
  when regexp_matches(raw, '^-?[0-9]{1,12}([.][0-9]{1,6})?$') then try_cast(concat(raw, '') as decimal(18, 6))
  else try_cast(number_text(raw) as decimal(18, 6))
end
;
-- macro: int_of(raw)
-- A whole number; null when the text is anything else.
case when regexp_matches(trim(raw), '^-?[0-9]{1,9}$') then cast(trim(raw) as integer) end
;
-- macro: money_wan(raw, unit)
-- An amount in 万元 of its own currency, DECIMAL(18,6). The text's unit counts (亿, 万, 元); without one, `unit` does.
try_cast(
  case
    when regexp_matches(raw, '亿') then dec_of(raw) * 10000
    when regexp_matches(raw, '万') then dec_of(raw)
    when regexp_matches(raw, '元') or unit = '元' then dec_of(raw) * cast(0.0001 as decimal(5, 4))
    else dec_of(raw)
  end as decimal(18, 6))
;
-- macro: money_currency(raw)
-- ISO code of the currency the text names; CNY when it names none.
case
  when number_text(raw) is null then null
  when regexp_matches(raw, '美元|USD') then 'USD'
  when regexp_matches(raw, '港元|港币|HKD') then 'HKD'
  when regexp_matches(raw, '欧元|EUR') then 'EUR'
  when regexp_matches(raw, '日元|JPY') then 'JPY'
  when regexp_matches(raw, '英镑|GBP') then 'GBP'
  when regexp_matches(raw, '台币|TWD') then 'TWD'
  when regexp_matches(raw, '韩元|韩币|KRW') then 'KRW'
  else 'CNY'
end
;
-- macro: round9(x)
-- A double rounded half up to nine digits, the same on every engine; from a million on a double has no ninth digit to mend.
case when abs(x) < 1000000 then cast(floor(x * 1000000000 + 0.5) as double) / 1000000000 else x end
;
-- macro: search_text(raw)
-- A name as the search index holds it: half width (letters too), in capitals, without blanks, 有限责任公司 as 有限公司.
replace(replace(upper(translate(half_width(trim(raw)), 'ＡＢＣＤＥＦＧＨＩＪＫＬＭＮＯＰＱＲＳＴＵＶＷＸＹＺａｂｃｄｅｆｇｈｉｊｋｌｍｎｏｐｑｒｓｔｕｖｗｘｙｚ',
  'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz')), ' ', ''), '有限责任公司', '有限公司')
;
