# Text, sorting, hashes, closures, big numbers, formats.
use strict;
use warnings;
use Digest::SHA qw(sha256_hex);
use List::Util qw(sum reduce shuffle);
use Math::BigInt;

open my $source, '<', '/programs/program.mjs' or die;
my %words;
while (my $line = <$source>) { $words{lc $1}++ while $line =~ /(\w+)/g }
my @common = (sort { $words{$b} <=> $words{$a} || $a cmp $b } keys %words)[0 .. 9];
print join(' ', map { "$_=$words{$_}" } @common), "\n";

my $state = 1;
my @numbers = map { $state = ($state * 1103515245 + 12345) % 2147483648 } 1 .. 50_000;
print sha256_hex(join ',', sort { $a <=> $b } @numbers), "\n";
printf "%.15g %.6e %b %o\n", sum(map { sqrt } @numbers), $numbers[7] / 3, 1023, 511;

my %made = map { $_ => sub { $_[0] ** 2 + $_ } } 1 .. 10;
print join(' ', map { $made{$_}->($_) } sort { $a <=> $b } keys %made), "\n";
print Math::BigInt->new(3)->bpow(400), "\n";
my $text = join '', map { chr(97 + $_ % 26) } @numbers[0 .. 9999];
(my $turned = $text) =~ s/([aeiou])([^aeiou])/$2$1/g;
print sha256_hex($turned), ' ', ($text =~ tr/a-m//), "\n";
print unpack('H*', pack('NnCd>', 1, 2, 3, 0.1)), "\n";
print eval { die { code => 42 } } // $@->{code}, "\n";
