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
case
  when regexp_matches(raw, '^-?[0-9]{1,12}([.][0-9]{1,6})?$') then 1
  when text_of(raw) is null or dec_of(raw) is not null then 1
  else 0
end
;
-- macro: scope_word(name, scope)
-- The word that tells a firm's industry: the last one of its name, else the first one of its scope's beginning; null
-- when there is none. The words are those of the code list scope_word, which says what they stand for; the name is read
-- backwards, with the words spelt backwards, because finding a first match is quick and finding a last one is not.
coalesce(
  nullif(reverse(regexp_extract(reverse(text_of(name)), '统系机算计|源资力人|账记理代|术技息信|作合用信|程工路公|业专民农|械器疗医|锁连药医|化绿林园|信电础基|程工装安|款贷额小|程工政市|程工筑建|程工设建|筑建屋房|发开术技|务服术技|播传化文|属金色有|工加材木|件配车汽|售销车汽|务业信电|程工力电|工加油粮|技科络网|造制备设|理管产资|品制属金|限有品食|店卖专|网联互|所电供|店利便|社用信|处理分|站气加|站油加|室生卫|厂刷印|器压变|气然天|园儿幼|厂材建|产地房|亭刊报|司公支|社行旅|厂装服|站车汽|土凝混|所究研|院究研|师务税|水来自|厅业营|所政邮|部市门|厂品食|金五|储仓|计会|宿住|水供|电供|销供|安保|险保|理修|车停|身健|蓄储|当典|殖养|鸡养|业农|场农|技农|机农|药农|资农|藏冷|药制|衣制|务劳|察勘|工化|肥化|药医|院医|刷印|务印|电发|询咨|店商|贸商|训培|业塑|料塑|庆婚|校学|业实|运客|具家|政家|馆宾|吃小|宰屠|程工|墙幕|告广|材建|设建|视影|师律|递快|餐快|发批|资投|保担|标招|局支|行支|购收|育教|游旅|馆旅|区景|装服|饰服|业木|械机|材板|业林|场林|园果|测检|业棉|保植|胶橡|舞歌|泥水|修汽|车汽|配汽|浴洗|绘测|料涂|粉淀|溉灌|锅火|草烟|力热|电热|业煤|矿煤|气燃|业物|流物|璃玻|力电|厂电|器电|子电|气电|缆电|牧畜|货百|业盐|理监|化石|料石|油石|业矿|山矿|石砂|厂砖|业种|子种|植种|猪种|技科|赁租|道管|库粮|油粮|食粮|点糕|业纸|箱纸|织纺|销经|修维|吧网|业置|发美|容美|火耐|通联|木苗|厂茶|业药|店药|房药|修装|饰装|计设|所诊|味调|运货|销购|易贸|市超|辆车|件软|承轴|输运|锁连|冻速|纸造|政邮|业酒|店酒|楼酒|酒酿|煤采|石采|矿采|织针|材钢|构钢|铁钢|业铜|业铝|行银|件铸|造铸|售销|窗门|诊门|水防|瓷陶|售零|粉面|品食|饮餐|店饭|料饮|养饲|料饲', 0)), ''),
  nullif(regexp_extract(substr(text_of(scope), 1, 40), '计算机系统|人力资源|代理记账|信息技术|信用合作|公路工程|农民专业|医疗器械|医药连锁|园林绿化|基础电信|安装工程|小额贷款|市政工程|建筑工程|建设工程|房屋建筑|技术开发|技术服务|文化传播|有色金属|木材加工|汽车配件|汽车销售|电信业务|电力工程|粮油加工|网络科技|设备制造|资产管理|金属制品|食品有限|专卖店|互联网|供电所|便利店|信用社|分理处|加气站|加油站|卫生室|印刷厂|变压器|天然气|幼儿园|建材厂|房地产|报刊亭|支公司|旅行社|服装厂|汽车站|混凝土|研究所|研究院|税务师|自来水|营业厅|邮政所|门市部|食品厂|五金|仓储|会计|住宿|供水|供电|供销|保安|保险|修理|停车|健身|储蓄|典当|养殖|养鸡|农业|农场|农技|农机|农药|农资|冷藏|制药|制衣|劳务|勘察|化工|化肥|医药|医院|印刷|印务|发电|咨询|商店|商贸|培训|塑业|塑料|婚庆|学校|实业|客运|家具|家政|宾馆|小吃|屠宰|工程|幕墙|广告|建材|建设|影视|律师|快递|快餐|批发|投资|担保|招标|支局|支行|收购|教育|旅游|旅馆|景区|服装|服饰|木业|机械|板材|林业|林场|果园|检测|棉业|植保|橡胶|歌舞|水泥|汽修|汽车|汽配|洗浴|测绘|涂料|淀粉|灌溉|火锅|烟草|热力|热电|煤业|煤矿|燃气|物业|物流|玻璃|电力|电厂|电器|电子|电气|电缆|畜牧|百货|盐业|监理|石化|石料|石油|矿业|矿山|砂石|砖厂|种业|种子|种植|种猪|科技|租赁|管道|粮库|粮油|粮食|糕点|纸业|纸箱|纺织|经销|维修|网吧|置业|美发|美容|耐火|联通|苗木|茶厂|药业|药店|药房|装修|装饰|设计|诊所|调味|货运|购销|贸易|超市|车辆|软件|轴承|运输|连锁|速冻|造纸|邮政|酒业|酒店|酒楼|酿酒|采煤|采石|采矿|针织|钢材|钢构|钢铁|铜业|铝业|银行|铸件|铸造|销售|门窗|门诊|防水|陶瓷|零售|面粉|食品|餐饮|饭店|饮料|饲养|饲料', 0), ''))
;
-- macro: type_rule(name, word, code, capital)
-- By which rule a registration's legal form is known: STATED, or where the register leaves it out: CODE (the second digit
-- of the credit code: 2 self-employed, 3 cooperative), COMPANY and PARTNERSHIP (what the name ends with), BRANCH (the name
-- goes on behind its parent's, and no capital is registered: a branch has none), SUPPLY_COOP (供销社), WORKS (厂 or 场
-- without a capital: 个人独资); null where no rule is sound.
case
  when text_of(word) is not null then 'STATED'
  when regexp_matches(code, '^9[23]') then 'CODE'
  when regexp_matches(text_of(name), '有限(责任)?公司$') then 'COMPANY'
  when regexp_matches(text_of(name), '(有限|普通)合伙') then 'PARTNERSHIP'
  when regexp_matches(text_of(name), '供销(合作)?(总|联合)?社$') then 'SUPPLY_COOP'
  when text_of(capital) is not null then null
  when regexp_matches(text_of(name), '(公司|集团|合作社|供销社|信用社|联社|勘探局).+$') then 'BRANCH'
  when regexp_matches(text_of(name), '(厂|场)$') then 'WORKS'
end
;
-- macro: type_word(name, word, code, capital)
-- The legal form a register writes, or what `type_rule` knows it to be; null where nothing tells.
case type_rule(name, word, code, capital)
  when 'STATED' then text_of(word)
  when 'CODE' then case when substr(code, 2, 1) = '2' then '个体工商户' else '农民专业合作社' end
  when 'COMPANY' then case when regexp_matches(text_of(name), '股份有限公司$') then '股份有限公司' else '有限责任公司' end
  when 'PARTNERSHIP' then case
    when regexp_matches(text_of(name), '有限合伙') then '有限合伙企业'
    when regexp_matches(text_of(name), '特殊普通合伙') then '特殊普通合伙企业'
    else '普通合伙企业'
  end
  when 'SUPPLY_COOP' then '集体所有制'
  when 'BRANCH' then case
    when regexp_matches(text_of(name), '股份有限公司.+$') then '股份有限公司分公司'
    when regexp_matches(text_of(name), '有限(责任)?公司.+$') then '有限责任公司分公司'
    else '内资企业法人分支机构(非法人)'
  end
  when 'WORKS' then '个人独资企业'
end
;
-- macro: has_capital(word)
-- 0 for legal forms that register no capital of their own: branches, sole proprietors, partnerships, the self-employed.
case when regexp_matches(word, '分公司|分支机构|非法人|营业$|常驻代表|个人独资|合伙|个体') then 0 else 1 end
;
-- macro: category_of(word)
-- The reporting group of a legal form in words: 1 domestic, 2 private, 3 foreign, 4 self-employed, 5 cooperative.
case
  when word is null then null
  when regexp_matches(word, '个体') then '4'
  when regexp_matches(word, '合作社') then '5'
  when regexp_matches(word, '外商|外国|港|来料') then '3'
  when regexp_matches(word, '私营|自然人|个人独资|合伙') then '2'
  else '1'
end
;
-- macro: uscc_of(raw)
-- A unified social credit code out of a raw column: as uscc_norm, and null for the words that mean nothing.
case
  when length(raw) > 4 and bit_length(raw) = 8 * length(raw) and strpos(raw, ' ') = 0 then upper(raw)
  else uscc_norm(text_of(raw))
end
;
-- macro: ts_of(raw)
-- The TIMESTAMP, in whole seconds, of a raw text: a day as date_of knows it and HH:MM:SS behind it (without: midnight).
try_cast(concat(
  cast(date_of(raw) as varchar), ' ',
  coalesce(nullif(regexp_extract(trim(raw), '[ T]([0-9]{2}:[0-9]{2}:[0-9]{2})', 1), ''), '00:00:00')) as timestamp)
;
