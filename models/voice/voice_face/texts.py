"""What the training voices say: sentences out of slots, and made-up words that no vocabulary would bring together."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from random import Random

KOREAN = {
    "who": "저는|우리는|제 동료는|팀장님은|그 회사는|고객은|지원자는|부모님은|개발팀은|친구 민수는|사람들은|박 부장님은|새 직원은",
    "when": "어제|오늘 아침|지난 봄에|삼 년 전에|처음에는|회의가 끝난 뒤|매주 목요일|밤늦게까지|요즘|방학 동안|입사한 다음|오후 두 시에",
    "what": "커다란 문제를|복잡한 프로그램을|보고서를|바뀐 계획을|품질 지표를|비행기 표를|따뜻한 밥을|여러 가지 방법을|발표 자료를|포장 상자를|불필요한 비용을|"
    "파란 우산을|전화번호를|협업 도구를|음악을|영화 한 편을|데이터베이스를|뜨거운 커피를|프로젝트 일정을|경험담을",
    "did": "고쳤습니다|만들었어요|바꾸었습니다|부탁했습니다|좋아합니다|배웠습니다|비교해 보았습니다|포기하지 않았습니다|맡았습니다|발표했습니다|기억합니다|미뤘어요|"
    "빠르게 끝냈습니다|꼼꼼히 살펴봤습니다|함께 풀었습니다|팔았습니다|후회했습니다|모았습니다",
    "so": "그래서 마음이 편했습니다|왜 그랬을까요|정말 보람찼어요|그런데 비가 왔습니다|아무도 몰랐습니다|어떻게 생각하세요|덕분에 많이 컸습니다|"
    "물론 쉽지는 않았죠|앞으로도 그럴 겁니다|예산이 부족했거든요|표현이 서툴렀습니다|다시 해 보고 싶습니다|음, 잘 모르겠네요",
}
ENGLISH = {
    "who": "I|we|my manager|the whole team|a patient customer|Bob and Emma|the new people|nobody|her brother|both companies|our mobile group|five students",
    "did": "built|moved|forgot|improved|wanted|probably bought|published|shipped|never understood|measured|chose|removed|loved|rebuilt|approved|watched|thought about",
    "what": "a better pump|the big problem|seven maps|their first proposal|a phone number|the booking system|whatever was left|warm bread|the old database|"
    "a very small box|some useful feedback|that movie|the weather report|four vague promises|a purple umbrella|the budget|each page of the book",
    "when": "on Monday|before lunch|five months ago|after the meeting|every morning|in February|while we waited|at the beach|above all|from home|without any help",
    "so": "so we stopped|and everybody laughed|but it was worth it|which surprised me|would you believe it|maybe that is why|and then the power failed|"
    "though I have my doubts|what about you|because speed matters|if you know what I mean",
}
JAPANESE = {
    "who": "わたしは|ぼくたちは|ぶちょうは|ともだちは|おかあさんは|かいしゃは|せんぱいは|まいにちかれは|がくせいは",
    "when": "きのう|けさ|まいしゅう|ふゆに|かいぎのあと|さんねんまえ|よるおそく|はじめて|ゆうべ",
    "what": "ほんを|あたらしいプログラムを|みずを|パンとバターを|おおきなもんだいを|てがみを|えいがを|ふるいちずを|でんわを|ほうこくしょを|びょういんを|ミルクを",
    "did": "よみました|つくりました|のみました|かんがえました|みませんでした|えらびました|はっぴょうしました|わすれました|たべてみました|なおしたいです|おぼえています",
    "so": "それでよかったです|どうおもいますか|ほんとうにびっくりしました|あめがふっていました|まだまだです|ふしぎですね|もういちどやります",
}
SLOTS = {"ko": KOREAN, "en": ENGLISH, "ja": JAPANESE}
ORDER = {"ko": ("who", "when", "what", "did", "so"), "en": ("when", "who", "did", "what", "so"), "ja": ("who", "when", "what", "did", "so")}

ONSETS = "b|p|m|f|v|w|th|s|z|sh|ch|j|t|d|n|l|r|k|g|h|y|bl|pr|br|pl|fl|sm|sp|tw|kw|gr|st|str|spl|".split("|")
NUCLEI = "a|e|i|o|u|ee|oo|ai|ou|oa|aw|oy|ar|er|igh|ow".split("|")
CODAS = "|m|n|p|b|f|v|t|d|s|z|sh|ch|k|g|l|ng|th|mp|lm|ps|st|bs|ft|lf|ve".split("|")
KANA = (
    "あ い う え お か き く け こ さ し す せ そ た ち つ て と な に ぬ ね の は ひ ふ へ ほ ま み む め も や ゆ よ ら り る れ ろ わ ん "
    "ば び ぶ べ ぼ ぱ ぴ ぷ ぺ ぽ が ぎ ぐ げ ご ざ じ ず ぜ ぞ だ で ど みゃ びょ ぴゅ しゃ ちゅ きょ にゃ ふぁ"
).split()
HANGUL, VOWELS, FINALS = 0xAC00, 21, 28
PLAIN_FINALS = (0, 0, 0, 0, 4, 8, 16, 17, 21, 1, 7)
PAUSE = (" ", " ", " ", " ", ", ")


def _korean(random: Random) -> str:
    """Give a made-up word of Hangul."""
    return "".join(
        chr(HANGUL + (random.randrange(19) * VOWELS + random.randrange(VOWELS)) * FINALS + random.choice(PLAIN_FINALS))
        for _ in range(random.randint(1, 4))
    )


def _english(random: Random) -> str:
    parts = random.randint(1, 3)
    return "".join(random.choice(ONSETS) + random.choice(NUCLEI) + random.choice(CODAS) for _ in range(parts))


def _japanese(random: Random) -> str:
    return "".join(random.choice(KANA) for _ in range(random.randint(2, 5)))


INVENT = {"ko": _korean, "en": _english, "ja": _japanese}


def sentence(random: Random, language: str) -> str:
    """Give one thing to say in ko, en or ja: two times in three out of slots, else made-up words."""
    if random.random() < 1 / 3:
        words = [INVENT[language](random) for _ in range(random.randint(4, 8))]
        return "".join(w + random.choice(PAUSE) for w in words).strip(" ,") + "."
    slots = SLOTS[language]
    words = [random.choice(slots[name].split("|")) for name in ORDER[language] if random.random() < 0.8]  # noqa: PLR2004
    if not words:
        words = [random.choice(slots["so"].split("|"))]
    if random.random() < 1 / 4:
        words.insert(random.randrange(len(words) + 1), INVENT[language](random))
    return "".join(w + random.choice(PAUSE) for w in words).strip(" ,") + random.choice(".?!")
