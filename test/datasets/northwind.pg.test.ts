import { expect, test } from 'vitest';
import { describeDataset } from './faithful-sync.ts';

describeDataset(
  {
    name: 'northwind',
    files: ['northwind/northwind.sql'],
    // Five characters are too few for pseudonyms that never collide, and two tables have no rows.
    adjust: `alter table public.customers alter customer_id type varchar(20);
      alter table public.orders alter customer_id type varchar(20);
      alter table public.customer_customer_demo alter customer_id type varchar(20);
      insert into public.customer_demographics values ('LOYAL', 'buys every month');
      insert into public.customer_customer_demo select customer_id, 'LOYAL' from public.customers limit 20`,
    spoil: `delete from public.order_details where order_id < 10500;
      update public.customers set city = 'old';
      insert into public.territories values ('00000', 'old', 1)`,
  },
  synced => {
    test('replaces keys and the foreign keys that reference them by the same values', async () => {
      const { report, pair } = synced();
      const strategies = new Map(report.tables.map(table => [table.name, table.columns]));
      expect(strategies.get('public.orders')).toMatchObject({ customer_id: 'hash' });
      expect(strategies.get('public.employee_territories')).toMatchObject({ territory_id: 'hash' });
      const orders = `select min(count) as least, max(count) as most, count(*)::int as customers
        from (select count(*)::int from orders join customers using (customer_id) group by customer_id) per_customer`;
      expect(await pair.target.query(orders)).toEqual(await pair.source.query(orders));
    });
  },
);
