// Names as ASCII letters: what a login or the local part of an e-mail address can be made of.

/** Letters that do not come apart into a letter and a mark. */
const LETTERS: Readonly<Record<string, string>> = {
  ...{
    ß: 'ss',
    ẞ: 'SS',
    æ: 'ae',
    Æ: 'AE',
    œ: 'oe',
    Œ: 'OE',
    ø: 'o',
    Ø: 'O',
    đ: 'd',
    Đ: 'D',
    ð: 'd',
    Ð: 'D',
    ł: 'l',
    Ł: 'L',
  },
  ...{ þ: 'th', Þ: 'Th', ı: 'i', ħ: 'h', Ħ: 'H', ŋ: 'n', Ŋ: 'N', ə: 'e', Ə: 'E' },
};
/** Lower-case letters of Cyrillic and Greek, in the spelling of passports. */
const SCRIPTS =
  'а:a б:b в:v г:g д:d е:e ё:e ж:zh з:z и:i й:i к:k л:l м:m н:n о:o п:p р:r с:s т:t у:u ф:f х:kh ц:ts ч:ch ш:sh щ:shch ' +
  'ъ: ы:y ь: э:e ю:iu я:ia є:ie і:i ї:i ґ:g ђ:dj ј:j љ:lj њ:nj ћ:c џ:dz ' +
  'α:a β:v γ:g δ:d ε:e ζ:z η:i θ:th ι:i κ:k λ:l μ:m ν:n ξ:x ο:o π:p ρ:r σ:s ς:s τ:t υ:y φ:f χ:ch ψ:ps ω:o';

const spelled = new Map(Object.entries(LETTERS));
for (const pair of SCRIPTS.split(' ')) {
  const [letter = '', latin = ''] = pair.split(':');
  spelled.set(letter, latin);
  spelled.set(letter.toUpperCase(), latin.slice(0, 1).toUpperCase() + latin.slice(1));
}

/** What is left in ASCII: letters, digits, dots, hyphens and underscores. Marks go, other scripts than the three go, too. */
export function asciiName(text: string): string {
  const letters = [...text.normalize('NFC')].map(letter => spelled.get(letter) ?? letter).join('');
  const plain = [...letters.normalize('NFKD')].map(letter => spelled.get(letter) ?? letter).join('');
  return plain.replace(/[^A-Za-z0-9._-]+/g, '');
}
