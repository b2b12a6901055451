"""Answers to `skip_gram_loss`."""

import math

import torch
import torch.nn.functional as F

from tests.answers.book import right, wrong


def scores_of(center, context, negatives):
    return (center * context).sum(-1), torch.einsum("bc,bkc->bk", center, negatives)


@right("skip_gram_loss")
def loss_with_logsigmoid(center, context, negatives):
    positive = F.logsigmoid((center * context).sum(dim=-1))
    negative = F.logsigmoid(-(negatives @ center[:, :, None]).squeeze(-1)).sum(dim=-1)
    return -(positive + negative).mean()


@right("skip_gram_loss")
def loss_with_softplus(center, context, negatives):
    positive, negative = scores_of(center, context, negatives)
    return (F.softplus(-positive) + F.softplus(negative).sum(1)).mean()


@right("skip_gram_loss")
def loss_as_yes_or_no(center, context, negatives):
    words = torch.cat((context.unsqueeze(1), negatives), dim=1)
    scores = (words * center.unsqueeze(1)).sum(-1)
    labels = torch.zeros_like(scores)
    labels[:, 0] = 1.0
    return F.binary_cross_entropy_with_logits(scores, labels, reduction="sum") / len(center)


@right("skip_gram_loss")
def loss_word_by_word(center, context, negatives):
    total = 0.0
    for b in range(center.size(0)):
        total = total + torch.logaddexp(torch.tensor(0.0), -torch.dot(center[b], context[b]))
        for negative in negatives[b]:
            total = total + torch.logaddexp(torch.tensor(0.0), torch.dot(center[b], negative))
    return total / center.size(0)


@wrong("skip_gram_loss", "rewards_negatives")
def loss_without_the_inner_minus(center, context, negatives):
    positive, negative = scores_of(center, context, negatives)
    return -(F.logsigmoid(positive) + F.logsigmoid(negative).sum(1)).mean()


@wrong("skip_gram_loss", "averages_the_negatives")
def loss_with_a_mean_over_negatives(center, context, negatives):
    positive, negative = scores_of(center, context, negatives)
    return -(F.logsigmoid(positive) + F.logsigmoid(-negative).mean(1)).mean()


@wrong("skip_gram_loss", "averages_the_negatives")
def loss_of_two_means(center, context, negatives):
    positive, negative = scores_of(center, context, negatives)
    return -F.logsigmoid(positive).mean() - F.logsigmoid(-negative).mean()


@wrong("skip_gram_loss", "averages_everything")
def loss_as_a_mean_of_all(center, context, negatives):
    positive, negative = scores_of(center, context, negatives)
    return -F.logsigmoid(torch.cat((positive.unsqueeze(1), -negative), dim=1)).mean()


@wrong("skip_gram_loss", "sums_the_batch")
def loss_as_a_sum(center, context, negatives):
    positive, negative = scores_of(center, context, negatives)
    return -(F.logsigmoid(positive).sum() + F.logsigmoid(-negative).sum())


@wrong("skip_gram_loss", "wrong_sign")
def loss_that_grows(center, context, negatives):
    return -loss_with_logsigmoid(center, context, negatives)


@wrong("skip_gram_loss", "forgets_the_negatives")
def loss_of_the_context(center, context, negatives):
    return -F.logsigmoid((center * context).sum(-1)).mean()


@wrong("skip_gram_loss", "forgets_the_context")
def loss_of_the_negatives(center, context, negatives):
    return -F.logsigmoid(-scores_of(center, context, negatives)[1]).sum(1).mean()


@wrong("skip_gram_loss", "only_the_first_negative")
def loss_with_one_negative(center, context, negatives):
    return loss_with_logsigmoid(center, context, negatives[:, :1])


@wrong("skip_gram_loss", "subtracts_the_negatives")
def loss_minus_the_negatives(center, context, negatives):
    positive, negative = scores_of(center, context, negatives)
    return (-F.logsigmoid(positive) + F.logsigmoid(-negative).sum(1)).mean()


@wrong("skip_gram_loss", "negatives_against_the_context")
def loss_of_negatives_and_context(center, context, negatives):
    positive = F.logsigmoid((center * context).sum(-1))
    return -(positive + F.logsigmoid(-torch.einsum("bc,bkc->bk", context, negatives)).sum(1)).mean()


@wrong("skip_gram_loss", "mixes_the_batch")
def loss_of_all_pairs(center, context, negatives):
    positive = F.logsigmoid(center @ context.T)
    negative = F.logsigmoid(-scores_of(center, context, negatives)[1]).sum(1)
    return -positive.mean() - negative.mean()


@wrong("skip_gram_loss", "softmax_for_sigmoid")
def loss_with_a_softmax(center, context, negatives):
    positive, negative = scores_of(center, context, negatives)
    logits = torch.cat((positive.unsqueeze(1), negative), dim=1)
    return -logits.log_softmax(dim=1)[:, 0].mean()


@wrong("skip_gram_loss", "forgets_the_log")
def loss_of_probabilities(center, context, negatives):
    positive, negative = scores_of(center, context, negatives)
    return -(positive.sigmoid() + (-negative).sigmoid().sum(1)).mean()


@wrong("skip_gram_loss", "one_loss_a_word")
def loss_for_each_word(center, context, negatives):
    positive, negative = scores_of(center, context, negatives)
    return -(F.logsigmoid(positive) + F.logsigmoid(-negative).sum(1))


@wrong("skip_gram_loss", "log_of_sigmoid")
def loss_in_two_steps(center, context, negatives):
    positive, negative = scores_of(center, context, negatives)
    return -(positive.sigmoid().log() + (-negative).sigmoid().log().sum(1)).mean()


@wrong("skip_gram_loss", "log_of_sigmoid")
def loss_by_the_formula_of_the_sigmoid(center, context, negatives):
    positive, negative = scores_of(center, context, negatives)
    sigmoid = lambda x: 1 / (1 + torch.exp(-x))  # noqa: E731
    return -(torch.log(sigmoid(positive)) + torch.log(1 - sigmoid(negative)).sum(1)).mean()


@wrong("skip_gram_loss", "epsilon_caps_the_loss")
def loss_with_an_epsilon(center, context, negatives):
    positive, negative = scores_of(center, context, negatives)
    return -(
        (positive.sigmoid() + 1e-10).log() + ((-negative).sigmoid() + 1e-10).log().sum(1)
    ).mean()


@wrong("skip_gram_loss", "epsilon_caps_the_loss")
def loss_with_clamped_scores(center, context, negatives):
    positive, negative = scores_of(center, context, negatives)
    positive, negative = positive.clamp(-30, 30), negative.clamp(-30, 30)
    return -(F.logsigmoid(positive) + F.logsigmoid(-negative).sum(1)).mean()


@wrong("skip_gram_loss", "gradient_is_lost")
def loss_with_math(center, context, negatives):
    total = 0.0
    for b in range(len(center)):
        scores = [-torch.dot(center[b], context[b]).item()]
        scores += [torch.dot(center[b], negative).item() for negative in negatives[b]]
        total += sum(max(s, 0.0) + math.log1p(math.exp(-abs(s))) for s in scores)
    return torch.tensor(total / len(center))


@wrong("skip_gram_loss", "gradient_is_lost")
def loss_of_detached_vectors(center, context, negatives):
    return loss_with_logsigmoid(center.detach(), context, negatives)


@wrong("skip_gram_loss", "gradient_is_lost")
def loss_that_moves_the_center_only(center, context, negatives):
    return loss_with_logsigmoid(center, context.detach(), negatives.detach())


@wrong("skip_gram_loss", "gradient_is_lost")
def loss_with_a_detached_context(center, context, negatives):
    return loss_with_logsigmoid(center, context.detach(), negatives)


@wrong("skip_gram_loss", "gradient_is_lost")
def loss_with_negatives_without_gradient(center, context, negatives):
    with torch.no_grad():
        negatives = torch.stack(list(negatives))
    return loss_with_logsigmoid(center, context, negatives)


@wrong("skip_gram_loss", "gradient_is_lost")
def loss_whose_negatives_do_not_push(center, context, negatives):
    positive = F.logsigmoid((center * context).sum(-1))
    negative = F.logsigmoid(-torch.einsum("bc,bkc->bk", center.detach(), negatives)).sum(1)
    return -(positive + negative).mean()


@wrong("skip_gram_loss", "gradient_is_lost")
def loss_whose_context_does_not_pull(center, context, negatives):
    positive = F.logsigmoid((center.detach() * context).sum(-1))
    negative = F.logsigmoid(-torch.einsum("bc,bkc->bk", center, negatives)).sum(1)
    return -(positive + negative).mean()


@wrong("skip_gram_loss", "wrong_type")
def loss_as_a_number(center, context, negatives):
    return loss_with_logsigmoid(center, context, negatives).item()


@wrong("skip_gram_loss", "wrong_shape")
def loss_with_axes_of_one(center, context, negatives):
    return loss_with_logsigmoid(center, context, negatives).reshape(1, 1)


@wrong("skip_gram_loss", "ignores_input")
def loss_of_the_example(center, context, negatives):
    return torch.tensor(1.1333369)
