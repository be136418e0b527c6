import { describeDataset } from './faithful-sync.ts';

describeDataset({
  name: 'chinook',
  files: ['chinook/Chinook_PostgreSql.sql'],
  adjust: '',
  spoil: `delete from playlist_track; delete from invoice_line where invoice_id < 100;
    update customer set last_name = 'old', support_rep_id = null`,
});
