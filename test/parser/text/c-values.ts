/**
 * What a C compiler makes of expressions: gcc 12 for x86-64 with -fwrapv printed these values of
 * the record below. The first ones are of the kinds that print formats have, the rest are random.
 */

/** The record's own fields; `common_…` come before them. */
export const FIELDS: readonly string[] = [
  's8 a;\toffset:8;\tsize:1;\tsigned:1;',
  'u8 b;\toffset:9;\tsize:1;\tsigned:0;',
  's16 c;\toffset:10;\tsize:2;\tsigned:1;',
  'u16 d;\toffset:12;\tsize:2;\tsigned:0;',
  'int e;\toffset:16;\tsize:4;\tsigned:1;',
  'u32 f;\toffset:20;\tsize:4;\tsigned:0;',
  's64 g;\toffset:24;\tsize:8;\tsigned:1;',
  'u64 h;\toffset:32;\tsize:8;\tsigned:0;',
  'u32 n;\toffset:40;\tsize:4;\tsigned:0;',
  'u32 list[3];\toffset:44;\tsize:12;\tsigned:0;',
  's64 wide[3];\toffset:56;\tsize:24;\tsigned:1;',
]

/** The record from its ninth byte on. */
export const RECORD: string =
  'fbfad08a60ea0000eb32a4f800286bee85afc6d873fbffff1032547698badcfe' +
  '0700000001020304fcfdfeff09000000feffffffffffffff8877665544332211' +
  '00007c1daf931983'

/** `expression ## sign value`, one a line. */
const TABLE = String.raw`
10 - 2 - 3 ## signed 5
1 << 2 + 1 ## signed 8
2 + 3 * 4 % 3 ## signed 2
100 / 7 / 2 ## signed 7
REC->e >> 3 ## signed -15432099
REC->f >> 3 ## unsigned 500000000
REC->g >> 40 ## signed -5
REC->h >> 63 ## unsigned 1
REC->g / 1000 ## signed -5000000000
REC->g % 1000 ## signed -123
REC->h / 1000000000UL ## unsigned 18364758544
REC->h % 1000000000UL ## unsigned 493064720
REC->a + REC->b ## signed 245
REC->a < REC->f ## signed 0
(s64)REC->a < (s64)REC->f ## signed 1
-1 < 1u ## signed 0
-1L < 1u ## signed 1
REC->b << 24 ## signed -100663296
(u8)(REC->b + 10) ## signed 4
(s8)REC->b ## signed -6
(u16)REC->c ## signed 35536
~REC->b ## signed -251
!REC->g ## signed 0
!!REC->h ## signed 1
REC->n ? REC->a : REC->f ## unsigned 4294967291
REC->n ?: 5 ## unsigned 7
(REC->h & 0xff) == 0x10 ? 1 : 2 ## signed 1
1 ? 2 : 0 ? 3 : 4 ## signed 2
1 || 0 && 0 ## signed 1
5 & 3 == 3 ## signed 1
1 | 2 ^ 3 & 4 ## signed 3
({ int x = (REC->a); int y = (128); ((x) < (y) ? (x) : (y)); }) ## signed -5
({ u8 x = 300; x + 1; }) ## signed 45
({ __auto_type x = REC->h; __auto_type y = x >> 32; y; }) ## unsigned 4275878552
sizeof(u32) * REC->n ## unsigned 28
sizeof(REC->wide) ## unsigned 24
sizeof(REC->a) ## unsigned 1
(int)sizeof(int) ## signed 4
*(u8 *)REC->list ## signed 1
((u16 *)REC->list)[2] ## signed 65020
*((u8 *)REC->wide + 9) ## signed 119
((s8 *)REC->wide)[7] ## signed -1
REC->list[REC->n % 3] ## unsigned 4294901244
*REC->list ## unsigned 67305985
*(REC->list + 2) ## unsigned 9
*&REC->e ## signed -123456789
(unsigned long)REC->e ## unsigned 18446744073586094827
(unsigned int)REC->e ## unsigned 4171510507
((unsigned int) ((REC->f) >> 20)) ## unsigned 3814
((unsigned int) ((REC->f) & ((1U << 20) - 1))) ## unsigned 731136
REC->g * REC->g ## signed -5244897090956223719
REC->h * REC->h ## unsigned 16063333644353814784
REC->h * 3 ## unsigned 18200787486060090928
(u64)REC->f * REC->f ## unsigned 16000000000000000000
REC->f * REC->f ## unsigned 1983905792
REC->f + 1 ## unsigned 4000000001
REC->f - 4000000001 ## signed -1
0 - REC->f ## unsigned 294967296
-REC->f ## unsigned 294967296
REC->e % 10 ## signed -9
REC->e / -10 ## signed 12345678
0x7fffffffffffffff + REC->n ## signed -9223372036854775802
010 ## signed 8
'\n' ## signed 10
'\'' ## signed 39
'\x41' ## signed 65
'\0' ## signed 0
(((7) & (REC->h)) - ((0x7fffffff) ? (REC->n) : (REC->f)) / (((~(REC->f)) | ((7) << 21)) | 1)) - ((REC->b) ? (REC->b) : (((-1) << 14) << 27)) ## unsigned 18446744073709551366
~(((0x7fffffff) << 26) ^ ((s16)(REC->wide[2])) / ((((char)(0x7fffffff)) & (REC->e)) | 1)) ## signed 67108863
4294967295 / ((+(REC->n)) | 1) ## signed 613566756
((u8)((1) - (-(REC->d)))) ? ((u64)(((REC->f) == (REC->c)) ? (!(REC->g)) : ((u32)(REC->e)))) : ((!((REC->d) | (0))) << 1) ## unsigned 4171510507
((REC->c) << 0) != (+((REC->e) ? (REC->a) : (0x7fffffff)) % ((REC->d) | 1)) ## signed 1
((!((unsigned long)(7))) << 8) >> 24 ## signed 0
0x7fffffff ## signed 2147483647
(0xffffffffffffffff) & (((REC->d) >> 23) + ((1UL) + (1UL)) % ((((-2LL) ? (REC->h) : ('A')) ? ((REC->e) & (REC->list[1])) : ((int)(REC->c))) | 1)) ## unsigned 2
(u16)(~(REC->b)) ## signed 65285
((REC->h) << 0) != ((u64)((REC->b) >= ((REC->wide[2]) + (REC->c)))) ## signed 1
((((1000000007) ? (REC->f) : (4294967295)) && ((7) + (REC->a))) == (((REC->f) & (REC->h)) ? ((REC->n) >> 24) : ((REC->b) ^ (-1)))) << 0 ## signed 0
((s16)(((1000000007) ? (3L) : (REC->e)) & (0x80000000 / ((REC->a) | 1)))) >> 12 ## signed 0
(s64)((char)(('A') != (0x123456789abcULL)) / (((unsigned long)(10u % ((REC->wide[2]) | 1))) | 1)) ## signed 0
(((~(REC->f)) - ((u16)(1))) >> 22) ? (REC->c) : (REC->c) ## signed -30000
0x80 ## signed 128
+(REC->wide[2]) / ((-(((REC->e) >= (REC->d)) ? ((REC->g) << 25) : (-1))) | 1) ## signed -9000000000000000000
REC->n % ((((3L) <= (REC->b % ((REC->h) | 1))) & (((REC->list[1]) | (0xffffffffffffffff)) | (+(0)))) | 1) ## unsigned 0
'A' ## signed 65
(REC->n % ((+((REC->n) ^ (REC->c))) | 1)) ? ((REC->g) >> 12) : ((0) < (REC->g)) ## signed -1220703126
((REC->c) << 10) * (((REC->wide[2]) - (REC->n)) | (((REC->h) ? (REC->wide[2]) : (REC->h)) < ((u32)(REC->g)))) ## signed -3090943570210635776
(((REC->g) - (REC->f)) > ('A') / ((65535) | 1)) ^ (((u8)(REC->wide[2])) - ((REC->b % ((REC->h) | 1)) >> 2)) ## unsigned 18446744073709551554
(s8)('A' / ((((REC->b) >> 16) && ((REC->f) << 4)) | 1)) ## signed 65
7 ## signed 7
REC->f ## unsigned 4000000000
(REC->f) < ((+((10u) ^ (REC->e))) == (((u32)(REC->f)) ? ((REC->g) - (-2LL)) : ((u8)(REC->e)))) ## signed 0
(((REC->c / ((4294967295) | 1)) ? ((REC->g) + (REC->c)) : ((REC->c) - (REC->b))) - (0x123456789abcULL)) >> 21 ## unsigned 8796083477836
(((bool)(REC->b)) ? ((REC->f) ? (REC->list[1]) : (REC->d)) : (REC->b)) < ((1000000007) + (4294967295) % (((REC->b) ^ (-2LL)) | 1)) / ((0x7fffffff) | 1) ## signed 0
(bool)(-(((0x123456789abcULL) * (0xffffffffffffffff)) | ((REC->list[1]) + (7)))) ## signed 1
0 / (((REC->e) << 11) | 1) ## signed 0
((((REC->h) <= (-2LL)) << 23) ? (((REC->h) ? (REC->b) : (REC->h)) << 0) : (~((3L) ^ (0x80000000)))) << 27 ## unsigned 33554432000
-((+(-2LL) / (((s16)(REC->c)) | 1)) << 22) ## signed 0
(+(-(REC->f))) ? ('A') : (((REC->a) | (REC->h)) ? (~(REC->g)) : (REC->h)) % (((((REC->h) ^ (-1)) >> 25) ^ (((char)(REC->n)) << 28)) | 1) ## unsigned 65
((REC->e) << 5) << 26 ## signed -2147483648
0x80000000 ## unsigned 2147483648
REC->wide[2] ## signed -9000000000000000000
(1UL) * ((REC->h) ^ (REC->a)) / ((-(-1 / ((REC->g) | 1))) | 1) % ((REC->list[1]) | 1) ## unsigned 439335826
(10u) && (((REC->g) << 24 % ((-2LL) | 1)) ^ ((bool)((s64)(4294967295)))) ## signed 1
(((3L) << 17) ? ((0) ? (REC->f) : (0x123456789abcULL)) : (-2LL) % ((((3L) > (0)) - ((REC->wide[2]) >= (7))) | 1)) | (((3L) >> 29 / ((3L) | 1)) << 30) ## unsigned 20015998343868
REC->g ## signed -5000000000123
(((REC->n) << 22) != ((~(REC->list[1])) - (~(REC->h)))) & (REC->g) ## signed 1
(((REC->e) < (REC->g)) ^ ((REC->b / ((1) | 1)) != ((REC->h) != (-1)))) & (+((REC->d) + (0x7fffffff) % ((REC->d) | 1))) ## signed 1
(REC->h) ^ (((REC->n) & (REC->wide[2])) ^ (((255) ^ (REC->a)) >> 23)) ## unsigned 81985529216486895
(((10u / ((REC->list[1]) | 1)) << 24) | ((REC->d % ((REC->e) | 1)) >= (REC->wide[2] / ((REC->d) | 1)))) ? ((~(REC->list[1])) << 12) : (REC->f) ## unsigned 270544896
REC->a ## signed -5
(u16)(((0xffffffffffffffff) > ('A') / ((REC->a) | 1)) + (((REC->n) > (1UL)) ^ (1000000007 / ((REC->c) | 1)))) ## signed 32204
REC->c ## signed -30000
(u32)(4294967295) ## unsigned 4294967295
('A' % (((!(0x123456789abcULL)) << 1) | 1)) << 5 ## signed 0
(s64)(~(~(REC->c))) / ((255) | 1) ## signed -117
3L ## signed 3
((((s64)(REC->c)) * (!(-2LL))) * (((REC->list[1]) ? (REC->b) : (REC->wide[2])) - (-(REC->a)))) >> 2 ## signed 0
'A' ## signed 65
((((REC->b) << 15) + ((REC->list[1]) >> 9)) << 16) - ((((bool)(4294967295)) & (-(-2LL))) << 12) ## signed 4286447616
((s64)((u16)((4294967295) ? (7) : (REC->g)))) == ((((REC->wide[2]) - (3L)) ? (REC->f % ((REC->wide[2]) | 1)) : ((REC->h) >= (0))) * (REC->f)) ## signed 0
(char)((7 % (((4294967295) - (REC->e)) | 1)) > ((3L) & (REC->list[1]) / ((7) | 1))) ## signed 1
(((255) << 12 / (('A') | 1)) ? (+((REC->g) ? (4294967295) : (255))) : (REC->a)) != (REC->n) ## signed 1
(REC->d) >> 10 ## signed 58
(((REC->f) || ((REC->b) - (REC->f))) ? (REC->b % ((REC->h) | 1) / ((+(REC->list[1])) | 1)) : ((REC->b % ((REC->c) | 1)) & ((REC->b) > (0)))) >> 3 ## unsigned 0
REC->wide[2] ## signed -9000000000000000000
REC->list[1] ## unsigned 4294901244
-(+(~((REC->wide[2]) * (REC->b)))) ## signed 502776992565297153
~(((REC->b) | ((REC->n) >> 30)) >> 15) ## unsigned 4294967295
((((char)(REC->c)) < ((REC->g) << 16)) * (!(REC->b % ((7) | 1)))) + (1) ## signed 1
(((0x80000000 / ((REC->e) | 1)) << 8) ? ((u16)(REC->list[1] / ((1000000007) | 1))) : (REC->g)) << 2 ## signed -20000000000492
(REC->d) > (-(REC->h % ((REC->f) | 1)) / ((((REC->g) ? (REC->e) : (REC->a)) >> 16) | 1)) ## signed 1
((REC->g) >> 3) >> 13 ## signed -76293946
1UL ## unsigned 1
(3L) ? ((((REC->f) < (1UL)) >= ((3L) <= (REC->d))) ? ((0x80000000 % ((REC->e) | 1)) | ('A' % ((0) | 1))) : ((REC->b) >> 13)) : (REC->n) ## unsigned 0
(int)((((0) == (0x7fffffff)) ? ((REC->n) >> 26) : ((REC->list[1]) << 20)) << 6) ## signed -268435456
REC->c ## signed -30000
((u64)(~((REC->list[1]) & (1000000007)))) ? ((bool)((REC->n) << 27)) : ((REC->e) + (0xffffffffffffffff)) ## unsigned 1
REC->h ## unsigned 18364758544493064720
~((((REC->f) | (REC->n)) * (REC->a % ((REC->c) | 1))) * (-((long)(REC->f)))) ## signed 5899345779999999999
((s16)((char)(REC->list[1] / ((10u) | 1)))) ^ ((((REC->b) & (1000000007)) || (REC->c)) - (((-2LL) + (REC->e)) <= (REC->wide[2]))) ## signed -2
(bool)(1000000007) ## signed 1
(long)(((s64)((s64)(4294967295))) ? (((0xffffffffffffffff) ? (4294967295) : ('A')) <= ((bool)(REC->a))) : ((REC->a) ? ((65535) << 25) : (REC->a))) ## signed 0
REC->g ## signed -5000000000123
(REC->a) | (((REC->c) << 17) - (REC->a / ((10u) | 1))) % (('A') | 1) ## unsigned 4294967291
(((REC->list[1] % ((REC->list[1]) | 1)) ^ ((REC->b) | (0x7fffffff))) ? (((REC->h) > (REC->d)) != (('A') >> 1)) : ((char)((REC->c) < (REC->list[1])))) > (-2LL) ## signed 1
((REC->d) ^ (((s64)(3L)) >> 26)) >> 13 ## signed 7
REC->n ## unsigned 7
REC->d % (((u32)(((REC->wide[2]) > (REC->c)) + (0xffffffffffffffff % ((REC->wide[2]) | 1)))) | 1) ## unsigned 60000
1000000007 / ((REC->f) | 1) ## unsigned 0
+((unsigned long)((REC->b % ((REC->e) | 1)) >> 10)) ## unsigned 0
((REC->e / ((-(REC->e)) | 1)) || (REC->list[1])) >> 0 ## signed 1
((((REC->list[1]) << 12) ? (~(0x7fffffff)) : ((long)(REC->wide[2]))) << 24) && (-(((REC->d) - (REC->c)) + (7))) ## signed 1
((REC->n) ^ ((-2LL) < (-1)) / ((+(7) % (((u64)(REC->g)) | 1)) | 1)) >> 3 ## unsigned 0
REC->e ## signed -123456789
(REC->wide[2]) ? ((((REC->g) + (REC->list[1])) >= ((-2LL) | (0x80))) | ((u8)((0xffffffffffffffff) + (REC->d)))) : ('A') ## signed 95
((int)(!((REC->c) ^ (REC->g)))) >> 1 ## signed 0
(255) - (((unsigned long)((0xffffffffffffffff) < (REC->e))) & ((REC->f) ? ((0x80) | (0x7fffffff)) : ((REC->list[1]) << 26))) ## unsigned 255
((((REC->d) ? (REC->d) : (REC->n)) * ((u8)(REC->c))) < (REC->d)) * (REC->e) ## signed 0
REC->g ## signed -5000000000123
REC->b % ((((REC->n) - (REC->h)) << 6) | 1) % ((255) | 1) ## unsigned 250
REC->d ## signed 60000
-(+((REC->list[1]) << 18)) ## unsigned 135266304
(-((u16)((REC->f) + (REC->d)))) ^ (((s64)((3L) ? (1UL) : (REC->wide[2]))) | (!(!(REC->a)))) ## signed -4703
!(((s64)((REC->wide[2]) | (REC->f))) ? (255) : (REC->c)) ## signed 0
(((~(REC->e)) >> 17) ? ((REC->g / ((REC->wide[2]) | 1)) + ((REC->a) >> 14)) : ((REC->f) ^ (REC->wide[2]) % (((REC->n) | (REC->e)) | 1))) >> 6 ## signed -1
REC->d ## signed 60000
(REC->e) ? (!(((REC->b) ? (REC->f) : (REC->e)) ? ((REC->list[1]) << 18) : ((u64)(0)))) : (REC->a) ## signed 0
REC->a ## signed -5
(REC->wide[2]) * (REC->wide[2]) ## signed -4977229585478320128
+(((REC->d) >= (65535)) + ((REC->e) + (1))) % ((-(((0) ^ (REC->c)) >> 15)) | 1) ## signed 0
(((REC->wide[2]) - ((4294967295) ? (REC->a) : (7))) - ((REC->c) ? ((REC->list[1]) & (10u)) : ((0x123456789abcULL) << 3))) >> 13 ## unsigned 1153167001185247
(0x123456789abcULL) + ((REC->f) > (((s8)(REC->a)) | ((REC->g) * (4294967295)))) ## unsigned 20015998343869
REC->wide[2] ## signed -9000000000000000000
(int)(4294967295) ## signed -1
((REC->f) >> 14) ? (((!(REC->c)) ? ((long)(REC->e)) : (-(0xffffffffffffffff))) > (((long)(REC->list[1])) - (REC->wide[2]))) : (0) ## signed 0
((REC->list[1]) | (((0x80) ? (REC->f) : (3L)) + (+(REC->a)))) <= (REC->d) ## signed 0
(REC->f / ((((REC->f) != (REC->c)) ? ((-1) << 1) : ((-2LL) * (REC->h))) | 1)) >> 23 ## unsigned 0
(int)(((u8)((REC->g) >> 13)) - ((u8)((REC->e) & (REC->f)))) ## signed 53
REC->d % (((((1) * (REC->b)) & (0)) << 2) | 1) ## signed 0
(REC->h) + (((0) > ((REC->f) >> 28)) * (((REC->d) ? (REC->g) : (REC->f)) | (REC->d % ((1000000007) | 1)))) ## unsigned 18364758544493064720
1000000007 ## signed 1000000007
(((0xffffffffffffffff) ? (3L) : (REC->c)) ^ (REC->n)) | (!(1000000007) / ((-(REC->c)) | 1)) / (((s16)(((REC->list[1]) - (REC->d)) == (-(REC->h)))) | 1) ## signed 4
((int)(-(7))) - ((((REC->wide[2]) ? (REC->wide[2]) : (0x80000000)) | (REC->h)) * (1)) ## unsigned 9645193032879593
65535 ## signed 65535
REC->d ## signed 60000
~(-1) ## signed 0
((((REC->f) ? (1000000007) : (REC->e)) - (0x80 / ((0x80000000) | 1))) + (((REC->f) >> 14) >> 5)) * (!(REC->g)) ## unsigned 0
((s16)(((REC->list[1]) & (0xffffffffffffffff)) >> 7)) >> 16 ## signed -1
(+(1UL)) | (+(REC->e)) ## unsigned 18446744073586094827
-((('A') + (REC->g) % ((0x80000000) | 1)) & ((REC->a) >= (7))) ## signed 0
(s64)(REC->n) / (((~(1)) - ((-2LL) ? (4294967295) : (REC->n))) | 1) % ((0x123456789abcULL) | 1) ## unsigned 0
(REC->d) - ((REC->list[1]) ? (((REC->list[1]) ? (REC->h) : (REC->e)) + (REC->d)) : ((3L) << 27)) ## unsigned 81985529216486896
((~((REC->c) >= (0x7fffffff))) >> 26) > (REC->n) ## signed 1
(u16)(-(((REC->b) || (-2LL)) + ((0x80000000) << 6))) ## signed 65535
(REC->f) ? (((char)((REC->d) << 16)) * (((REC->wide[2]) + (REC->a)) == ((REC->e) >> 27))) : ((u64)(REC->b)) ## unsigned 0
(+((REC->g) << 9)) << 26 / (((((0xffffffffffffffff) >= (REC->a)) + ((REC->list[1]) << 17)) >> 30) | 1) ## signed -655360000016121856
((((REC->b) ? (255) : (-2LL)) ? ((1) ? (REC->n) : (REC->g)) : (REC->n)) >> 17) ^ (REC->wide[2]) ## signed -9000000000000000000
((REC->list[1]) << 30) | (~(((s16)(REC->n)) && (1UL))) ## unsigned 4294967294
(REC->c) >> 25 ## signed -1
(((REC->wide[2]) | (0x80000000) / ((10u) | 1)) << 29) | ((-(0x123456789abcULL / ((-1) | 1))) * (REC->d)) ## unsigned 16429093057598586880
((char)((REC->g) <= (7))) << 29 / ((((char)((s64)(1UL))) << 28) | 1) ## signed 1
(+(REC->d)) ^ ((((u16)(REC->b)) << 14) >= ((u8)(REC->g) % (((REC->c) & (0x80000000)) | 1))) ## signed 60001
!(((REC->d) * ((REC->g) >> 30)) > (0x7fffffff)) ## signed 1
(s16)(-2LL) ## signed -2
REC->d ## signed 60000
REC->h ## unsigned 18364758544493064720
((u8)(~((REC->b) * (REC->g)))) == (((u16)(1000000007)) > ((REC->e) > (REC->b)) % ((((REC->a) ? (REC->h) : (1)) ? (-(REC->n)) : (REC->a)) | 1)) ## signed 0
(-((0 % ((REC->n) | 1)) << 2)) > (~((char)((REC->n) >> 0))) ## signed 0
REC->list[1] ## unsigned 4294901244
~(((long)(REC->wide[2]) % (((REC->f) ? (REC->b) : (REC->g)) | 1)) + ((REC->d % ((REC->a) | 1)) >= (REC->b))) ## signed 217
7 ## signed 7
(((REC->h) ^ (REC->wide[2])) < ((s64)(4294967295)) / (((int)((REC->c) << 22)) | 1)) > ((((REC->c) | (REC->b)) ? ((REC->n) ^ (REC->g)) : (REC->wide[2])) << 21) ## signed 0
(-((REC->d / ((REC->wide[2]) | 1)) > ((REC->f) * (0xffffffffffffffff)))) | (~(10u)) ## unsigned 4294967285
255 % (((REC->e) && (0x80000000 % ((REC->h) | 1) / (((255) ^ (0x7fffffff)) | 1))) | 1) ## signed 0
0xffffffffffffffff ## unsigned 18446744073709551615
0x123456789abcULL ## unsigned 20015998343868
(REC->n) < (REC->d) ## signed 1
-2LL ## signed -2
(1) ? (+(REC->g)) : (((REC->h) ? ('A') : (REC->e)) & ((10u) == (4294967295))) % ((+((7) << 7)) | 1) ## signed -5000000000123
~(REC->n) ## unsigned 4294967288
(-(!((REC->list[1]) >> 2))) != (((s16)((u32)(REC->a))) << 23) ## signed 1
((REC->e) ? (((u64)(REC->b)) * ((REC->list[1]) * (3L))) : ((REC->wide[2]) ^ ((REC->g) == (0)))) * (REC->wide[2]) ## unsigned 9596856156268003328
((REC->list[1]) >> 27) == ((REC->wide[2]) < (0xffffffffffffffff)) ## signed 0
(unsigned long)(!(0x123456789abcULL) / ((REC->g) | 1) % (((REC->n) || (0) / (((1000000007) * (3L)) | 1)) | 1)) ## unsigned 0
((bool)(((4294967295) ? (REC->n) : (REC->wide[2])) == (REC->d % ((10u) | 1)))) << 7 ## signed 0
(((~(-1)) + (+(0))) ? (REC->e) : (((u32)(REC->f)) + ((REC->g) >> 3))) <= ((+(REC->g / ((REC->h) | 1))) >> 15) ## signed 0
(REC->g) * ((-((char)(0x123456789abcULL))) < ((0x7fffffff) && ((4294967295) <= (REC->d)))) ## signed 0
+((u8)((char)((int)(REC->b)))) ## signed 250
`

/** Expression, whether C gives it a signed type, value. */
export const VALUES: readonly (readonly [expression: string, signed: boolean, value: string])[] =
  TABLE.trim()
    .split('\n')
    .map((line) => {
      const [expression, result] = line.split(' ## ') as [string, string]
      const [sign, value] = result.split(' ') as [string, string]
      return [expression, sign === 'signed', value]
    })
