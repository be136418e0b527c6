-- The rows of the demo's source: made by the server itself, the same ones every time, no real person among them.

set session_replication_role = replica; -- no foreign key checks while the circle is open

-- Numbers that look random and are the same every time: from 0 up to, not including, `below`.
create function pg_temp.draw(row_id bigint, salt bigint, below bigint) returns bigint
  language sql immutable parallel safe return abs(hashint8extended(row_id, salt) % below);

create function pg_temp.pick(list text[], row_id bigint, salt bigint) returns text
  language sql immutable parallel safe return list[1 + pg_temp.draw(row_id, salt, cardinality(list))];

-- n digits.
create function pg_temp.digits(row_id bigint, salt bigint, n integer) returns text
  language sql immutable parallel safe return lpad(pg_temp.draw(row_id, salt, (10 ^ n)::bigint)::text, n, '0');

create temporary table locale (
  n serial, code char(2), name text, calling_code text,
  first_names text[], first_latin text[], last_names text[], last_latin text[], cities text[], streets text[]
);
insert into locale (code, name, calling_code, first_names, first_latin, last_names, last_latin, cities, streets) values
  ('FR', 'France', '+33', '{Zoé,Jérôme,Anaïs,François,Maëlys}', '{zoe,jerome,anais,francois,maelys}',
   '{Lefèvre,Gérard,D’Aubigné,Forêt,Œuvrard}', '{lefevre,gerard,daubigne,foret,oeuvrard}',
   '{Orléans,Nîmes,Saint-Étienne}', '{Rue de l’Église,Allée des Érables,Quai de Bercy}'),
  ('DE', 'Deutschland', '+49', '{Jürgen,Käthe,Björn,Sören,Änne}', '{juergen,kaethe,bjoern,soeren,aenne}',
   '{Müller,Weiß,Schäfer,Großmann,Öztürk}', '{mueller,weiss,schaefer,grossmann,oeztuerk}',
   '{München,Köln,Düsseldorf}', '{Königstraße,Am Mühlbach,Schloßallee}'),
  ('PL', 'Polska', '+48', '{Łukasz,Małgorzata,Żaneta,Paweł,Świętosława}', '{lukasz,malgorzata,zaneta,pawel,swietoslawa}',
   '{Wójcik,Kamińska,Źrebiec,Dąbrowski,Błaszczyk}', '{wojcik,kaminska,zrebiec,dabrowski,blaszczyk}',
   '{Łódź,Gdańsk,Wrocław}', '{ulica Świętojańska,aleja Róż,ulica Źródlana}'),
  ('VN', 'Việt Nam', '+84', '{Hương,Dũng,Thảo,Đức,Quỳnh}', '{huong,dung,thao,duc,quynh}',
   '{Nguyễn,Trần,Phạm,Đặng,Võ}', '{nguyen,tran,pham,dang,vo}',
   '{Hà Nội,Đà Nẵng,Cần Thơ}', '{Đường Trần Hưng Đạo,Phố Hàng Bạc,Đường Lê Lợi}'),
  ('RU', 'Россия', '+7', '{Анна,Дмитрий,Екатерина,Юрий,Пётр}', '{anna,dmitri,ekaterina,yuri,pyotr}',
   '{Иванова,Щербаков,Кузнецов,Соловьёва,Жуков}', '{ivanova,shcherbakov,kuznetsov,solovyova,zhukov}',
   '{Казань,Санкт-Петербург,Орёл}', '{улица Ленина,Невский проспект,Садовая улица}'),
  ('EG', 'مصر', '+20', '{محمد,فاطمة,عمر,ليلى,يوسف}', '{mohamed,fatma,omar,layla,youssef}',
   '{الشريف,منصور,عبد الرحمن,حسن,النجار}', '{elsherif,mansour,abdelrahman,hassan,elnaggar}',
   '{القاهرة,الإسكندرية,أسوان}', '{شارع التحرير,شارع النيل,شارع رمسيس}'),
  ('IL', 'ישראל', '+972', '{נועה,דוד,יעל,משה,תמר}', '{noa,david,yael,moshe,tamar}',
   '{כהן,לוי,מזרחי,פרץ,בן־דוד}', '{cohen,levi,mizrahi,peretz,bendavid}',
   '{תל אביב,חיפה,ירושלים}', '{שדרות רוטשילד,רחוב הרצל,רחוב יפו}'),
  ('CN', '中国', '+86', '{伟,芳,秀英,建国,雪梅}', '{wei,fang,xiuying,jianguo,xuemei}',
   '{王,李,张,欧阳,诸葛}', '{wang,li,zhang,ouyang,zhuge}',
   '{北京,上海,成都}', '{人民路,中山大道,解放街}'),
  ('JP', '日本', '+81', '{さくら,健太,ユリコ,大輔,美咲}', '{sakura,kenta,yuriko,daisuke,misaki}',
   '{佐藤,髙橋,渡邉,小林,サトウ}', '{sato,takahashi,watanabe,kobayashi,satou}',
   '{東京,大阪,札幌}', '{銀座通り,御堂筋,桜ヶ丘}'),
  ('KR', '대한민국', '+82', '{민준,서연,지훈,하은,도윤}', '{minjun,seoyeon,jihun,haeun,doyun}',
   '{김,이,박,최,남궁}', '{kim,lee,park,choi,namgung}',
   '{서울,부산,대구}', '{세종대로,강남대로,해운대로}'),
  ('TH', 'ประเทศไทย', '+66', '{สมชาย,ณัฐธิดา,พิมพ์ใจ,วีรพงษ์,กิ่งแก้ว}', '{somchai,nattida,pimjai,weerapong,kingkaew}',
   '{ศรีสุข,จันทร์เพ็ญ,วงศ์สวัสดิ์,ทองดี,เจริญผล}', '{srisuk,chanpen,wongsawat,thongdee,charoenphon}',
   '{กรุงเทพฯ,เชียงใหม่,ภูเก็ต}', '{ถนนสุขุมวิท,ถนนเยาวราช,ถนนพระราม ๔}'),
  ('GR', 'Ελλάδα', '+30', '{Ελένη,Γιώργος,Μαρία,Οδυσσέας,Άννα}', '{eleni,giorgos,maria,odysseas,anna}',
   '{Παπαδόπουλος,Αγγελόπουλος,Νικολαΐδης,Βασιλείου,Χατζή}', '{papadopoulos,angelopoulos,nikolaidis,vasileiou,chatzi}',
   '{Αθήνα,Θεσσαλονίκη,Ηράκλειο}', '{Οδός Ερμού,Λεωφόρος Κηφισίας,Οδός Αθηνάς}'),
  ('IN', 'भारत', '+91', '{प्रिया,अर्जुन,श्रद्धा,कृष्ण,ज्योति}', '{priya,arjun,shraddha,krishna,jyoti}',
   '{शर्मा,सिंह,मिश्रा,त्रिपाठी,चौधरी}', '{sharma,singh,mishra,tripathi,chaudhary}',
   '{मुंबई,दिल्ली,वाराणसी}', '{महात्मा गांधी मार्ग,नेहरू रोड,चाँदनी चौक}'),
  ('BR', 'Brasil', '+55', '{João,Conceição,Luís,Antônia,Thaís}', '{joao,conceicao,luis,antonia,thais}',
   '{Gonçalves,Araújo,Simões,Guimarães,Falcão}', '{goncalves,araujo,simoes,guimaraes,falcao}',
   '{São Paulo,Brasília,Maceió}', '{Avenida São João,Rua da Consolação,Praça da Sé}'),
  ('US', 'United States', '+1', '{Grace,Sinéad,José,Dwayne,Zoë}', '{grace,sinead,jose,dwayne,zoe}',
   '{O’Connor,Smith,García,McDonald,St. John}', '{oconnor,smith,garcia,mcdonald,stjohn}',
   '{Springfield,Coeur d’Alene,San José}', '{Main Street,5th Avenue,Martin Luther King Jr. Blvd}');

insert into country select code, name, calling_code from locale;

-- Half of the accents are written as combining marks: equal to the eye, other bytes.
insert into person (id, customer_no, email, first_name, last_name, phone, birth_date, national_id, company, country_code,
    home_address_id, membership, interests, profile, last_ip, created_at)
  overriding system value
  select i,
    'C-' || lpad(i::text, 7, '0'),
    first_latin[first] || '.' || last_latin[last] || i || '@' || pg_temp.pick('{mail.example,post.example,example.org}', i, 3),
    case when i % 2 = 0 then normalize(first_names[first], nfd) else first_names[first] end,
    case when i % 2 = 0 then normalize(last_names[last], nfd) else last_names[last] end,
    case when i % 7 > 0 then calling_code || ' ' || 10 + pg_temp.draw(i, 4, 90) || ' ' || pg_temp.digits(i, 5, 3) || '-' || pg_temp.digits(i, 6, 4) end,
    case when i % 5 > 0 then date '1940-01-01' + pg_temp.draw(i, 7, 24000)::integer end,
    case when i % 3 > 0 then pg_temp.digits(i, 8, 3) || '-' || pg_temp.digits(i, 9, 2) || '-' || pg_temp.digits(i, 10, 4) end,
    case when i % 4 = 0 then last_names[last] || ' & ' || pg_temp.pick(last_names, i, 11) end,
    code, i, (enum_range(null::membership))[1 + pg_temp.draw(i, 12, 3)],
    case i % 4 when 0 then '{}' when 1 then '{"garden","music, live"}' when 2 then '{"☕ coffee"}' else '{"chess",null}' end::text[],
    case when i % 6 > 0 then jsonb_build_object('nickname', first_names[first] || ' ✨', 'household', pg_temp.draw(i, 13, 6),
      'contact', jsonb_build_object('mobile', calling_code || pg_temp.digits(i, 14, 9), 'consent', i % 2 = 0)) end,
    inet '10.0.0.0' + pg_temp.draw(i, 15, 16000000),
    timestamptz '2019-01-01 00:00:00+00' + i * interval '51 minutes 7.123456 seconds'
  from generate_series(1, 30000) as i
    join locale on n = 1 + i % 15
    cross join lateral (select 1 + pg_temp.draw(i, 1, 5) as first, 1 + pg_temp.draw(i, 2, 5) as last) as name;

-- Address i is where person i lives; from 30001 on, second addresses.
insert into address
  select i, person_id, pg_temp.pick(streets, i, 21) || ' ' || 1 + pg_temp.draw(i, 22, 200),
    case when i % 3 = 0 then '№ ' || pg_temp.draw(i, 23, 40) || ' / 🏠' end,
    case when i % 9 > 0 then pg_temp.digits(i, 24, 5) end,
    pg_temp.pick(cities, i, 25), code
  from (select i, case when i <= 30000 then i else 1 + pg_temp.draw(i, 20, 30000) end as person_id
      from generate_series(1, 40000) as i) as numbered
    join locale on n = 1 + person_id % 15;

insert into product
  select i, 'SKU-' || lpad(to_hex(i), 4, '0'), pg_temp.pick('{Thé vert,Kaffee,寿司セット,Хлеб,Σοκολάτα,김치,Bánh mì,Müsli}', i, 30) || ' ' || i,
    (1 + pg_temp.draw(i, 31, 20000))::numeric / 100,
    jsonb_build_object('weight_g', 50 * (1 + pg_temp.draw(i, 32, 40)), 'organic', i % 2 = 0, 'labels', jsonb_build_array('🌱', 'nº ' || i))
  from generate_series(1, 600) as i;

insert into orders
  select i, person_id, case when i % 10 > 0 then person_id end,
    (enum_range(null::order_status))[1 + pg_temp.draw(i, 41, 4)],
    case when i % 5 = 0 then pg_temp.pick(array[
      'Happy birthday, dear ' || first_name || '! 🎂🎉', 'С днём рождения, ' || first_name, E'Merci !\n\t— ' || first_name,
      'お誕生日おめでとう、' || first_name || 'さん', 'कृपया घंटी न बजाएँ, ' || first_name, 'יום הולדת שמח ' || first_name,
      E'C:\\gifts\\' || first_name || ' "wrap it" 👩‍👩‍👧‍👦', ''], i, 42) end,
    timestamptz '2023-01-01 00:00:00+00' + i * interval '31 minutes 30 seconds'
  from (select i, 1 + pg_temp.draw(i, 40, 30000) as person_id from generate_series(1, 50000) as i) as numbered
    join person on person.id = person_id;

insert into order_line (order_id, line_no, product_id, quantity, unit_price)
  select order_id, line_no, product.id, 1 + pg_temp.draw(order_id, 52, 4), price
  from generate_series(1, 50000) as order_id
    cross join lateral generate_series(1, 1 + pg_temp.draw(order_id, 50, 3)) as line_no
    join product on product.id = 1 + pg_temp.draw(order_id * 8 + line_no, 51, 600);

insert into payment
  select orders.id, orders.id, (placed_at at time zone 'UTC')::date + 1, total,
    case when by_card then '4' || pg_temp.digits(orders.id, 60, 3) || ' ' || pg_temp.digits(orders.id, 61, 4) || ' '
      || pg_temp.digits(orders.id, 62, 4) || ' ' || pg_temp.digits(orders.id, 63, 4) end,
    case when by_card then first_name || ' ' || last_name end,
    case when not by_card then country_code || pg_temp.digits(orders.id, 64, 2) || pg_temp.digits(orders.id, 65, 16) end
  from orders
    join person on person.id = person_id
    join (select order_id, sum(total) as total from order_line group by 1) as lines on lines.order_id = orders.id
    cross join lateral (select orders.id % 3 > 0 as by_card) as method
  where status <> 'open';

insert into ticket
  select i, customer_no, case when i % 4 > 0 then orders.id end, case when i % 8 > 0 then email end,
    pg_temp.pick(array['Lost parcel', 'Wrong size 👟', 'Où est ma commande ?', 'Где мой заказ?', 'أين طلبي؟', '返金について', '배송 문의'], i, 70)
      || ' (' || last_name || ')',
    pg_temp.pick(array['Please call me: ', 'Bitte um Rückruf: ', 'โปรดติดต่อ ', 'Παρακαλώ καλέστε: ', '请回电：'], i, 71)
      || coalesce(phone, email) || E'\n' || first_name || ' ' || last_name || pg_temp.pick(array[' 🙏', ' 😡', E'\\N', ''], i, 72),
    case when i % 6 > 0 then json_build_object('channel', pg_temp.pick('{web,phone,shop}', i, 73), 'mood', '🙂', 'minutes', pg_temp.draw(i, 74, 90)) end,
    placed_at + interval '3 days'
  from generate_series(1, 20000) as i
    join orders on orders.id = 1 + pg_temp.draw(i, 75, 50000)
    join person on person.id = person_id;

insert into login (id, person_id, at, ip, user_agent)
  overriding system value
  select i, 1 + pg_temp.draw(i, 80, 30000), timestamptz '2025-01-01 00:00:00+00' + i * interval '10 minutes',
    inet '10.0.0.0' + pg_temp.draw(i, 81, 16000000), pg_temp.pick('{Firefox,Chrome,Safari}', i, 82)
  from generate_series(1, 20000) as i;

select setval(pg_get_serial_sequence(name, 'id'), last)
  from (values ('person', 30000), ('address', 40000), ('product', 600), ('orders', 50000), ('ticket', 20000), ('login', 20000))
    as t (name, last);

refresh materialized view revenue_by_month;
reset session_replication_role;
set default_statistics_target = 10; -- nobody queries it, and it is a second less
analyze;
reset default_statistics_target;
